"""A cell: who tried what on which relation or routine, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from .actors import Actor, ActorKind


class Status(StrEnum):
    """What came of a cell."""

    BLOCKED = "blocked"
    LEAKED = "leaked"
    REACHED = "reached"
    LOCKED_OUT = "locked out"
    UNPROVEN = "unproven"


class Verdict(StrEnum):
    """What came of a database."""

    ISOLATED = "isolated"
    LEAKING = "leaking"
    LOCKED_OUT = "locked out"
    UNPROVEN = "unproven"


class Deed(StrEnum):
    """What kind of thing an operation does."""

    READS = "reads"
    ADDS = "adds"
    CHANGES = "changes"
    REMOVES = "removes"
    LEARNS = "learns"
    OPENS = "opens"
    CALLS = "calls"
    REACHES = "reaches"


class Operation(NamedTuple):
    """What is tried, by the name that people read."""

    name: str
    deed: Deed


class Key(NamedTuple):
    """What tells cells apart."""

    target: str
    actor: str
    operation: str


@dataclass(frozen=True, slots=True)
class Control:
    """Whether the same action was seen to succeed where nothing is in its way, and if not, why that proves nothing."""

    fired: bool
    why: str = "the control did not see the attack succeed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a probe saw: `effect` says in words what foreign came back or changed, and is empty for nothing.

    `own` marks a tenant's way to its own rows: there `effect` says why it did not get at them. `before` is run as the
    superuser first; `kind` is the class of a finding, and `fix` what would close it.
    """

    actor: Actor
    target: str
    operation: Operation
    effect: str
    control: Control
    statements: tuple[str, ...]
    before: str = ""
    kind: str = ""
    fix: str = ""
    own: bool = False

    @property
    def key(self) -> Key:
        """The cell that it is evidence for."""
        return Key(self.target, self.actor.name, self.operation.name)


@dataclass(frozen=True, slots=True)
class Cell:
    """A decided cell."""

    key: Key
    party: ActorKind
    deed: Deed
    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hole: who gets through where, SQL that shows it, and what would close it."""

    kind: str
    actor: str
    relation: str
    operation: str
    seen: str
    witness: str
    fix: str
    opens: tuple[tuple[str, str, str], ...] = ()
    """Everything that goes through for the same cause: class, actor and operation of each."""

    def document(self) -> dict[str, Any]:
        """As in the JSON output."""
        return {
            "class": self.kind,
            "actor": self.actor,
            "relation": self.relation,
            "operation": self.operation,
            "seen": self.seen,
            "witness": self.witness,
            "fix": self.fix,
            "opens": len(self.opens),
            "also": sorted({kind for kind, _, _ in self.opens} - {self.kind}),
            "actors": sorted({actor for _, actor, _ in self.opens}),
            "operations": sorted({operation for _, _, operation in self.opens}),
        }
