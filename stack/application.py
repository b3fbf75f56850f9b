"""What a RaptorFlow of the embedded stack is told by its environment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from stack.postgres import Database
from stack.processes import plain_environment

WEBHOOK_PATH = "/api/v1/webhooks/phonepe"


@dataclass(frozen=True, slots=True)
class Merchant:
    """The gateway's credentials for one slice, and those that the gateway's webhooks carry."""

    merchant_id: str
    client_id: str = field(default_factory=lambda: f"client_{secrets.token_hex(6)}")
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    client_version: int = 1
    webhook_username: str = field(default_factory=lambda: f"hook_{secrets.token_hex(6)}")
    webhook_password: str = field(default_factory=lambda: secrets.token_hex(10), repr=False)


def environment(
    database: Database,
    *,
    base_url: str,
    redis_url: str,
    gateway_url: str,
    merchant: Merchant,
    secret_key: str,
    clock_file: Path,
) -> dict[str, str]:
    """The settings of the contract, as a system under test gets them."""
    return plain_environment(
        DATABASE_URL=database.app,
        WORKER_DATABASE_URL=database.worker,
        REDIS_URL=redis_url,
        PHONEPE_BASE_URL=gateway_url,
        PHONEPE_CLIENT_ID=merchant.client_id,
        PHONEPE_CLIENT_SECRET=merchant.client_secret,
        PHONEPE_CLIENT_VERSION=str(merchant.client_version),
        PHONEPE_WEBHOOK_USERNAME=merchant.webhook_username,
        PHONEPE_WEBHOOK_PASSWORD=merchant.webhook_password,
        PUBLIC_URL=base_url,
        SECRET_KEY=secret_key,
        ENVIRONMENT="test",
        CLOCK_FILE=str(clock_file),
    )
