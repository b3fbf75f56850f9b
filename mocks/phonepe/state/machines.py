"""The state machines of what the gateway keeps: which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["order", "attempt", "refund", "subscription"]

INITIAL: Final = ""
"""The state before the first one: what a new thing comes from."""

MACHINES: Final[Mapping[Kind, Mapping[str, frozenset[str]]]] = {
    "order": {
        INITIAL: frozenset({"PENDING", "NOTIFICATION_IN_PROGRESS"}),
        "NOTIFICATION_IN_PROGRESS": frozenset({"NOTIFIED", "FAILED"}),
        "NOTIFIED": frozenset({"PENDING", "EXPIRED", "FAILED"}),
        "PENDING": frozenset({"COMPLETED", "FAILED"}),
        "COMPLETED": frozenset(),
        "FAILED": frozenset(),
        "EXPIRED": frozenset(),
    },
    "attempt": {
        INITIAL: frozenset({"PENDING"}),
        "PENDING": frozenset({"COMPLETED", "FAILED"}),
        "COMPLETED": frozenset(),
        "FAILED": frozenset(),
    },
    "refund": {
        INITIAL: frozenset({"PENDING"}),
        "PENDING": frozenset({"CONFIRMED", "COMPLETED", "FAILED"}),
        "CONFIRMED": frozenset({"COMPLETED", "FAILED"}),
        "COMPLETED": frozenset(),
        "FAILED": frozenset(),
    },
    "subscription": {
        INITIAL: frozenset({"ACTIVATION_IN_PROGRESS"}),
        "ACTIVATION_IN_PROGRESS": frozenset({"ACTIVE", "FAILED", "EXPIRED"}),
        "ACTIVE": frozenset({"PAUSED", "REVOKED", "CANCELLED", "CANCEL_IN_PROGRESS", "EXPIRED"}),
        "PAUSED": frozenset({"ACTIVE", "REVOKED", "CANCELLED", "CANCEL_IN_PROGRESS", "EXPIRED"}),
        "CANCEL_IN_PROGRESS": frozenset({"CANCELLED"}),
        "CANCELLED": frozenset(),
        "REVOKED": frozenset(),
        "FAILED": frozenset(),
        "EXPIRED": frozenset(),
    },
}


class IllegalTransitionError(Exception):
    """A thing was asked to go where its machine has no way."""

    def __init__(self, kind: Kind, source: str, target: str) -> None:
        super().__init__(f"{kind}: {source or 'nothing'} cannot become {target}")


def check(kind: Kind, source: str, target: str) -> None:
    """Raise IllegalTransitionError unless `source` may become `target`."""
    if target not in MACHINES[kind].get(source, frozenset()):
        raise IllegalTransitionError(kind, source, target)


def is_terminal(kind: Kind, state: str) -> bool:
    """Whether nothing can follow `state`."""
    return not MACHINES[kind][state]
