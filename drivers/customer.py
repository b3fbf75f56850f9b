"""What a customer can do, and what a customer is shown; both drivers keep this one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.contract import Cycle, Feature, Plan


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs up. `canary` is a mark that nobody else's data may hold."""

    email: str
    password: str = field(repr=False)
    full_name: str
    canary: str


@dataclass(frozen=True, slots=True)
class Payment:
    """What is about to be paid: `amount` in paise. `id` is None where only the gateway's page was seen."""

    merchant_order_id: str
    plan: str
    billing_cycle: str
    amount: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the system shows them to themselves; None where the driver's side does not show it."""

    email: str
    identification_number: str
    onboarding_status: str | None = None
    needs_payment: bool | None = None
    full_name: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What gives access."""

    plan: str
    billing_cycle: str
    status: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version of the Business Context Manifest."""

    version: int
    checksum: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The business context: `answers` by step number, as text."""

    version: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a feature wrote, and the version of the manifest that it says it used."""

    feature: str
    bcm_version: int
    titles: tuple[str, ...]


class Customer(Protocol):
    """One person at one device. Each verb waits for what it promises, and raises an AssertionError that teaches."""

    @property
    def identity(self) -> Identity:
        """Who signed up."""

    def becomes(self, identity: Identity) -> None:
        """Sit down who has signed up elsewhere; `log_in` comes next."""

    def sign_up(self, identity: Identity) -> None:
        """Create the account; the customer is then logged in."""

    def log_in(self) -> None:
        """Log in again, on this device, with the address and password of `identity`."""

    def log_out(self) -> None:
        """End the session."""

    def me(self) -> Person:
        """Who the system says this is. The browser shows it on the dashboard, which opens after onboarding."""

    def choose_plan(self, plan: Plan, cycle: Cycle) -> Payment:
        """Choose a plan and go to the gateway's page."""

    def pay(self, outcome: str = "success", *, come_back: bool = True) -> None:
        """Submit the gateway's page and return to the callback (unless the redirect is lost).

        `outcome`: "success", "pending", "cancel", "failure" or "failure:CODE", as the gateway's page offers them.
        """

    def wait_for_payment(self, state: str) -> None:
        """Wait until the system shows the payment as "completed", "pending" or "failed"."""

    def start_onboarding(self) -> int:
        """Go where a paid customer goes; return the step to answer next (1 … 23)."""

    def answer(self, n: int, data: Mapping[str, Any]) -> None:
        """Answer step `n` and save it."""

    def complete(self) -> None:
        """Complete onboarding."""

    def bcm(self) -> Manifest:
        """Return the latest manifest."""

    def rebuild(self) -> Manifest:
        """Have the manifest drawn anew; the latest one after that."""

    def generate(self, feature: Feature) -> Pieces:
        """Have a feature write from the latest manifest."""

    def subscription(self) -> Subscription | None:
        """Return what gives access now, if anything does."""

    def cancel_subscription(self) -> None:
        """Cancel; access stays until the period ends."""

    def business_context(self) -> Context:
        """Return the answers that the manifest is drawn from."""

    def change_answer(self, n: int, changes: Mapping[str, Any]) -> None:
        """Change some fields of step `n`'s answers after onboarding; `rebuild` draws the manifest from them."""
