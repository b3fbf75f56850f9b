"""Opens a merchant's account at the gateway, for the credentials that the application is given; idempotent."""

from __future__ import annotations

import os
import sys

from mocks.phonepe.client import AdminClient, AdminError

CONFLICT = 409


def main() -> int:
    """Read the credentials from the environment that the application itself has."""
    told = os.environ
    gateway = AdminClient(f"{told['PHONEPE_BASE_URL']}/_admin")
    webhook = {
        "url": told["WEBHOOK_URL"],
        "username": told["PHONEPE_WEBHOOK_USERNAME"],
        "password": told["PHONEPE_WEBHOOK_PASSWORD"],
    }
    try:
        gateway.create_merchant(
            merchant_id=told["PHONEPE_MERCHANT_ID"],
            client_id=told["PHONEPE_CLIENT_ID"],
            client_secret=told["PHONEPE_CLIENT_SECRET"],
            client_version=int(told["PHONEPE_CLIENT_VERSION"]),
            webhook=webhook,
        )
    except AdminError as error:
        if error.status != CONFLICT:
            raise
        gateway.change_merchant(told["PHONEPE_MERCHANT_ID"], webhook=webhook)
    return 0


if __name__ == "__main__":
    sys.exit(main())
