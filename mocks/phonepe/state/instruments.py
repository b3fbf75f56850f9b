"""How a payer pays: the instrument, the rail, and what the sandbox's magic values decide."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ..wire.errors import PAYMENT_FAILURES, PaymentFailure
from ..wire.messages import Json


@dataclass(frozen=True, slots=True)
class Method:
    """A payment mode with the instrument and the rail that an attempt shows."""

    mode: str
    instrument: Json
    rail: Json


MAGIC_VPAS: Final[Mapping[str, Literal["success", "pending"] | PaymentFailure]] = {
    "success@ybl": "success",
    "failure@ybl": PAYMENT_FAILURES["PAYMENT_ERROR"],
    "failed@ybl": PAYMENT_FAILURES["PAYMENT_ERROR"],
    "pending@ybl": "pending",
}
"""Any other well-formed address pays."""

VPA: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._\-]{1,254}@[A-Za-z][A-Za-z0-9]{1,63}$")

OTP: Final = "123456"


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card of the sandbox."""

    number: str
    kind: Literal["CREDIT_CARD", "DEBIT_CARD"]
    expiry: str
    cvv: str


CARDS: Final[Mapping[str, TestCard]] = {
    card.number: card
    for card in (
        TestCard("4208585190116667", "CREDIT_CARD", "06/27", "508"),
        TestCard("4242424242424242", "DEBIT_CARD", "12/27", "936"),
    )
}

BANKS: Final[Mapping[str, str]] = {
    "SBIN": "State Bank of India",
    "HDFC": "HDFC Bank",
    "ICIC": "ICICI Bank",
    "UTIB": "Axis Bank",
}


def digits(count: int) -> str:
    """Random decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def upi_rail(vpa: str) -> Json:
    """The rail of a UPI payment."""
    return {"type": "UPI", "utr": digits(12), "upiTransactionId": f"YBL{secrets.token_hex(16)}", "vpa": vpa}


def pg_rail() -> Json:
    """The rail of a card or net-banking payment."""
    return {
        "type": "PG",
        "transactionId": digits(18),
        "authorizationCode": digits(6),
        "serviceTransactionId": f"PG{digits(22)}",
    }


def upi(vpa: str, mode: str = "UPI_COLLECT") -> Method:
    """A UPI payment from a bank account."""
    return Method(mode, instrument_of("ACCOUNT"), upi_rail(vpa))


def card(kind: Literal["CREDIT_CARD", "DEBIT_CARD"], mode: str = "CARD") -> Method:
    """A card payment."""
    return Method(mode, instrument_of(kind), pg_rail())


def net_banking(bank: str) -> Method:
    """A payment through a bank's own pages."""
    return Method("NET_BANKING", instrument_of("NET_BANKING") | {"bankId": bank}, pg_rail())


def method_for(mode: str, instrument: str | None = None, rail: str | None = None) -> Method:
    """How a payer pays of whom nothing is known but the mode, and perhaps the instrument and the rail."""
    kind = instrument or {"CARD": "CREDIT_CARD", "TOKEN": "CREDIT_CARD", "NET_BANKING": "NET_BANKING"}.get(
        mode, "ACCOUNT"
    )
    usual = {"WALLET": "PPI_WALLET", "EGV": "PPI_EGV"}.get(kind) or (
        "PG" if mode in ("CARD", "TOKEN", "NET_BANKING") else "UPI"
    )
    return Method(mode, instrument_of(kind), rail_of(rail or usual))


def rail_of(kind: str) -> Json:
    """What a payment shows of the way it took."""
    match kind:
        case "UPI":
            return upi_rail("payer@ybl")
        case "PG":
            return pg_rail()
        case _:
            return {"type": kind}


def instrument_of(kind: str) -> Json:
    """What a payer's instrument shows of itself."""
    account = {"maskedAccountNumber": "XXXXXXX20000", "ifsc": "AABE0000000", "accountHolderName": "A Payer"}
    match kind:
        case "ACCOUNT":
            return {"type": kind} | account | {"accountType": "SAVINGS"}
        case "CREDIT_LINE":
            return {"type": kind} | account | {"bankId": "AABE", "providerAccountType": "CREDITLINE"}
        case "WALLET":
            return {"type": kind, "walletId": digits(12)}
        case "EGV":
            return {"type": kind, "cardNumber": digits(16), "programId": "PHONEPEGC"}
        case _:
            bank = {"bankTransactionId": digits(12), "bankId": "SBIN", "arn": digits(12), "brn": f"B{digits(5)}"}
            return {"type": kind} | bank


def outcome_for_vpa(vpa: str) -> Literal["success", "pending"] | PaymentFailure:
    """What the sandbox decides for an address, in any case."""
    return MAGIC_VPAS.get(vpa.lower(), "success")
