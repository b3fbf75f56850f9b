"""phonepe-mock replay DELIVERY: sends a webhook again."""

from __future__ import annotations

from ..client import AdminClient
from .target import CommandError, merchant_of


def replay(admin: AdminClient, merchant: str | None, delivery: str) -> None:
    """Send a webhook again, and print what became of it. Raises CommandError when nobody, or everybody, has it."""
    if merchant is None:
        names = [str(each["merchant_id"]) for each in admin.merchants()]
        owners = [name for name in names if _has(admin, name, delivery)]
        if len(owners) > 1:
            raise CommandError(f"merchants {', '.join(owners)} have a delivery {delivery}: name one by --merchant")
        if not owners:
            raise CommandError(f"there is no delivery {delivery}: GET /_admin/merchants/ID/ledger?only=deliveries")
        merchant = owners[0]
    else:
        merchant = merchant_of(admin, merchant)
    last = admin.replay(merchant, delivery)["attempts"][-1]
    print(f"{delivery}: {last.get('status') or last.get('error')}")


def _has(admin: AdminClient, merchant: str, delivery: str) -> bool:
    return any(each["delivery_id"] == delivery for each in admin.ledger(merchant, "deliveries")["deliveries"])
