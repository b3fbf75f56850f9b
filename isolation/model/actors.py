"""Who acts: users who own rows, and actors, as they are told to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .canary import identifier
from .sql import quote


class ActorKind(StrEnum):
    """What an actor is to tenant A, whose rows nobody else may reach."""

    OWNER = "owner"
    NEIGHBOUR = "neighbour"
    """Another tenant's user."""
    STRANGER = "stranger"
    """A user without any tenant."""
    COLLEAGUE = "colleague"
    REMOVED = "removed member"
    UNCLAIMED = "signed in, nothing told"
    ANONYMOUS = "anonymous"
    UNTOLD = "nothing told"
    FORGER = "forger"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may own rows: `side` is the letter of the canaries."""

    name: str
    side: str
    id: str
    email: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A user (or nobody) acting in a role, with what the database is told about him.

    `standard` is False for the same kind of actor in a second role.
    """

    name: str
    role: str
    user: User | None
    enter: tuple[str, ...]
    begin: tuple[str, ...] = ()
    kind: ActorKind = ActorKind.NEIGHBOUR
    standard: bool = True
    claims: Mapping[str, Any] | None = field(default=None, compare=False, hash=False)

    @property
    def sql(self) -> str:
        """Statements that turn a superuser's transaction into this actor's."""
        return ";\n".join((*self.enter, f"set local session authorization {quote(self.role)}", *self.begin))


USERS = {
    n: User(n, n.lower(), identifier(n.lower(), 1), f"{mail}")
    for n, mail in (
        ("A", "zqa00001@a.example"),
        ("M", "zqm00001@a.example"),
        ("R", "zqr00001@r.example"),
        ("B", "zqb00001@b.example"),
        ("S", "zqs00001@s.example"),
        ("V", "zqv00001@a.example"),
        ("W", "zqw00001@a.example"),
        ("Q", "zqq00001@q.example"),
        ("P", "zqp00001@p.example"),
    )
}
NEWCOMER = User("N", "n", identifier("n", 1), "zqn00001@n.example")
"""Somebody who is no user yet."""
