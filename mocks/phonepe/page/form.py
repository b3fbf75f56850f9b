"""What a payer entered on the hosted page: the methods to choose from, mistakes, and what the choice leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..payments.lifecycle import Outcome
from ..state.instruments import BANKS, CARDS, VPA, Method, card, net_banking, outcome_for_vpa, upi
from ..state.ledger import Order
from ..wire.errors import PAYMENT_FAILURES, payment_failure


@dataclass(frozen=True, slots=True)
class Choice:
    """A radio of the page: its label, and the payment modes that it stands for."""

    label: str
    modes: frozenset[str]


CHOICES: Final[Mapping[str, Choice]] = {
    "UPI": Choice("UPI", frozenset({"UPI_COLLECT"})),
    "QR": Choice("QR code", frozenset({"UPI_QR"})),
    "APP": Choice("Payment app", frozenset({"UPI_INTENT", "PPE_INTENT"})),
    "CARD": Choice("Card", frozenset({"CARD", "TOKEN"})),
    "NET_BANKING": Choice("Net banking", frozenset({"NET_BANKING"})),
}

APPS: Final[Mapping[str, str]] = {
    "ybl": "PhonePe",
    "okaxis": "Google Pay",
    "paytm": "Paytm",
    "upi": "BHIM",
}
"""Apps by the handle of their payers' addresses."""


def choices(order: Order) -> dict[str, str]:
    """The labels of the methods that the merchant's enabled or disabled modes leave."""
    modes = order.modes
    return {name: each.label for name, each in CHOICES.items() if modes is None or each.modes & set(modes)}


class Entry:
    """A submitted form of an order's page."""

    def __init__(self, order: Order, values: dict[str, str]) -> None:
        self.values = values
        self._order = order
        self._chosen = _chosen_outcome(values.get("outcome", ""))

    @property
    def cancels(self) -> bool:
        """Whether the payer walks away."""
        return self.values.get("action") == "cancel"

    def mistakes(self) -> dict[str, str]:
        """What the payer has to correct, by field; an outcome picked by hand needs no details."""
        name = self.values.get("payment_method", "UPI")
        if name not in choices(self._order):
            return {"payment_method": "Choose how to pay."}
        return {} if self._chosen is not None or name not in CHECKS else CHECKS[name](self.values)

    def method(self) -> tuple[Method, Outcome]:
        """How the payer pays, and what comes of it: the outcome picked by hand, or else what the details decide."""
        method, decided = METHODS[self.values.get("payment_method", "UPI")](self.values)
        return method, self._chosen or decided


def _chosen_outcome(choice: str) -> Outcome | None:
    """What the payer picked under "Outcome"; None for automatic."""
    if choice in ("success", "pending"):
        return "success" if choice == "success" else "pending"
    kind, _, code = choice.partition(":")
    return payment_failure(code or "PAYMENT_ERROR") if kind == "failure" else None


def _check_upi(values: dict[str, str]) -> dict[str, str]:
    fine = VPA.match(values.get("upi_id", "").strip())
    return {} if fine else {"upi_id": "Enter a UPI ID such as name@bank."}


def _check_bank(values: dict[str, str]) -> dict[str, str]:
    return {} if values.get("bank") in BANKS else {"bank": "Choose your bank."}


def _check_card(values: dict[str, str]) -> dict[str, str]:
    cvv = values.get("cvv", "")
    checks = {
        "card_number": (_is_card_number(_card_number(values)), "Enter the number on the front of the card."),
        "expiry": (_is_expiry(values.get("expiry", "")), "Enter the expiry as MM/YY."),
        "cvv": (cvv.isdigit() and len(cvv) in (3, 4), "Enter the three or four digits."),
    }
    return {name: says for name, (fine, says) in checks.items() if not fine}


CHECKS: Final = {"UPI": _check_upi, "CARD": _check_card, "NET_BANKING": _check_bank}


def _by_address(values: dict[str, str]) -> tuple[Method, Outcome]:
    vpa = values.get("upi_id", "").strip() or "payer@ybl"
    return upi(vpa), outcome_for_vpa(vpa)


def _by_code(_: dict[str, str]) -> tuple[Method, Outcome]:
    return upi("payer@ybl", "UPI_QR"), "success"


def _by_app(values: dict[str, str]) -> tuple[Method, Outcome]:
    app = values.get("app", "")
    return upi(f"payer@{app if app in APPS else 'ybl'}", "UPI_INTENT"), "success"


def _by_card(values: dict[str, str]) -> tuple[Method, Outcome]:
    known = CARDS.get(_card_number(values))
    details = (values.get("expiry", "").replace(" ", ""), values.get("cvv", ""))
    if known is not None and details != (known.expiry, known.cvv):
        return card(known.kind), PAYMENT_FAILURES["AUTHORIZATION_ERROR"]
    return card(known.kind if known else "CREDIT_CARD"), "success"


def _by_bank(values: dict[str, str]) -> tuple[Method, Outcome]:
    return net_banking(values.get("bank") or "SBIN"), "success"


METHODS: Final = {
    "UPI": _by_address,
    "QR": _by_code,
    "APP": _by_app,
    "CARD": _by_card,
    "NET_BANKING": _by_bank,
}


def _card_number(values: dict[str, str]) -> str:
    return values.get("card_number", "").replace(" ", "").replace("-", "")


def _is_card_number(number: str) -> bool:
    """Twelve to nineteen digits that keep Luhn's rule; the sandbox's own cards need not."""
    if number in CARDS:
        return True
    if not (number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_expiry(text: str) -> bool:
    month, _, year = text.replace(" ", "").partition("/")
    return month.isdigit() and year.isdigit() and 1 <= int(month) <= 12 and len(year) in (2, 4)
