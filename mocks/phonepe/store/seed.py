"""What a gateway starts with: merchants and their orders, from a TOML file."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from ..payments.lifecycle import begin, conclude, open_order, outcome_of
from ..state.behaviour import Failure, NewMerchant, Settings
from ..state.instruments import method_for
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..state.registry import Registry, TakenError

PUBLIC_TEST_MERCHANT: Final = NewMerchant(
    merchant_id="PGTESTPAYUAT",
    name="PhonePe's public test merchant",
    salt_key="099eb0cd-02cf-4e2a-8aca-3e6c6aff0399",
    salt_index=1,
)
"""The merchant and the v1 key that PhonePe's documents publish for everybody's tests."""

FLOWS: Final = {"checkout": "PG_CHECKOUT", "custom": "PG"}


class SeedError(Exception):
    """A seed file cannot be used: one line that names the file, the place and the remedy."""


class SeedOrder(Settings):
    """An order that is there from the start; `outcome` is how it was paid, if it was."""

    merchant_order_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,63}$")]
    amount: Annotated[int, Field(ge=100, le=2**53)]
    flow: Literal["checkout", "custom"] = "checkout"
    outcome: Literal["success", "pending"] | Failure | None = None
    expire_after_s: Annotated[int, Field(ge=1, le=5_184_000)] = 600


class SeedMerchant(NewMerchant):
    """A merchant as the admin API makes it, and its orders."""

    orders: tuple[SeedOrder, ...] = ()


class Seed(Settings):
    """A seed file's content."""

    public_test_merchant: bool = False
    merchants: tuple[SeedMerchant, ...] = ()


def read_seed(path: Path) -> Seed:
    """Read a seed file. Raises SeedError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError(f"{path}: {error.strerror}: name a TOML file") from None
    except (ValueError, RecursionError) as error:
        raise SeedError(f"{path}: is not TOML: {error}: mend that place") from None
    try:
        return Seed.model_validate_json(json.dumps(document, default=_plain), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SeedError(f"{path}: {place}: {first['msg']}: docs/phonepe.md has the fields") from None


def plant(registry: Registry, seed: Seed) -> None:
    """Make the seed's merchants and orders; those that are there already stay as they are.

    Needs a running event loop. Raises SeedError when two merchants share a client id.
    """
    public = [SeedMerchant.model_validate(PUBLIC_TEST_MERCHANT.model_dump())] if seed.public_test_merchant else []
    for wanted in (*public, *seed.merchants):
        merchant = registry.by_id.get(wanted.merchant_id or "")
        if merchant is None:
            try:
                merchant = registry.add(wanted)
            except TakenError as error:
                raise SeedError(f"merchant {wanted.merchant_id}: its {error} is in use: give it another") from None
        for each in wanted.orders:
            if each.merchant_order_id not in merchant.ledger.orders:
                _plant_order(merchant, each)


def _plant_order(merchant: Merchant, wanted: SeedOrder) -> None:
    now_ms = merchant.now_ms()
    order = Order(
        merchant_order_id=wanted.merchant_order_id,
        order_id=merchant.new_id("OMO"),
        amount=wanted.amount,
        flow=FLOWS[wanted.flow],
        created_ms=now_ms,
        expire_ms=now_ms + wanted.expire_after_s * 1000,
    )
    open_order(merchant, order)
    if wanted.outcome is not None:
        outcome = outcome_of(wanted.outcome) if isinstance(wanted.outcome, Failure) else wanted.outcome
        conclude(merchant, order, begin(merchant, order, method_for("UPI_INTENT")), outcome)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a seed")
