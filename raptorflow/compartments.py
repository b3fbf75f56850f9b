"""Who shares connections with whom: one slow table holds up what needs it, and leaves the rest its connections.

Each part of the application is a compartment. Of each pool a compartment gets half of the connections at most, so that
requests that wait for a locked table never hold them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compartment:
    """A part of the application, and how its patience with the database differs from `DATABASE_TIMEOUT_SECONDS`.

    `most_s` limits that setting: the gateway waits 3 s for the acknowledgement of a webhook.
    """

    name: str
    most_s: float = float("inf")

    def patience(self, seconds: float) -> Patience:
        """How long everything may take where `seconds` is the deployment's setting."""
        whole = min(seconds, self.most_s)
        return Patience(connection=0.8 * whole, lock=0.6 * whole, statement=0.8 * whole, transaction=whole)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for: a connection of the pool, a lock, a statement (both told to the server), a whole transaction."""

    connection: float
    lock: float
    statement: float
    transaction: float


OTHERS = Compartment("others")
RECONCILER = Compartment("reconciler")
_BY_PATH = (
    ("/api/v1/webhooks", Compartment("webhooks", most_s=1.5)),
    ("/api/v1/auth", Compartment("auth")),
    ("/api/v1/workspaces", Compartment("workspaces")),
    ("/api/v1/payments", Compartment("payments")),
    ("/api/v1/subscription", Compartment("subscription")),
    ("/api/v1/plans", Compartment("plans")),
    ("/api/v1/onboarding", Compartment("onboarding")),
    ("/api/v1/business-context", Compartment("context")),
    ("/api/v1/bcm", Compartment("context")),
    ("/api/v1", Compartment("features")),
    ("/onboarding/plans", Compartment("payments")),
    ("/onboarding/success", Compartment("payments")),
    ("/billing", Compartment("payments")),
    ("/onboarding", Compartment("onboarding")),
    ("/dashboard", Compartment("features")),
)
"""The first that a path begins with."""
_present: ContextVar[Compartment] = ContextVar("compartment", default=OTHERS)


def of_path(path: str) -> Compartment:
    """The compartment that answers at `path`; pages that only say who is there share one."""
    return next((compartment for start, compartment in _BY_PATH if path.startswith(start)), OTHERS)


def present() -> Compartment:
    """The compartment of what runs now."""
    return _present.get()


@contextmanager
def within(compartment: Compartment) -> Iterator[None]:
    """What runs inside, and the tasks that it starts, belong to `compartment`."""
    token = _present.set(compartment)
    try:
        yield
    finally:
        _present.reset(token)
