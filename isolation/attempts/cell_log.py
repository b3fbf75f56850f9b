"""What was tried and what came of it: cells, findings with their witness, and what stayed unproven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from isolation.actors.cast import Actor
from isolation.attempts.witness import Script

Status = Literal["blocked", "leaked", "unproven"]


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

    def document(self) -> dict[str, str]:
        """As in the JSON output."""
        body = asdict(self)
        return {"class": body.pop("kind"), **body}


@dataclass(slots=True)
class Ledger:
    """Collects cells; a cell that leaked once stays leaked."""

    cells: dict[tuple[str, str, str], Status] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    whys: dict[tuple[str, str, str], str] = field(default_factory=dict)
    inert: list[str] = field(default_factory=list)
    locked_out: list[str] = field(default_factory=list)
    script: Script | None = None

    def mark(self, actor: str, relation: str, operation: str, status: Status, why: str = "") -> None:
        """Record a cell; leaked outranks blocked, blocked outranks unproven."""
        cell = (relation, actor, operation)
        rank = {"unproven": 0, "blocked": 1, "leaked": 2}
        if cell not in self.cells or rank[status] > rank[self.cells[cell]]:
            self.cells[cell] = status
        if status == "unproven":
            self.whys[cell] = why

    def leak(
        self,
        kind: str,
        actor: Actor,
        relation: str,
        operation: str,
        seen: str,
        statements: tuple[str, ...],
        fix: str,
        before: str = "",
    ) -> None:
        """Record a cell that leaked, with a witness to paste; ``before`` is run as the superuser first."""
        if self.cells.get((relation, actor.name, operation)) == "leaked":
            return
        self.mark(actor.name, relation, operation, "leaked")
        planted = self.script.concerning(relation, " ".join([seen, *statements])) if self.script else []
        witness = (
            ";\n".join(["begin", *planted, *([before] if before else []), actor.sql, *statements, "rollback"]) + ";"
        )
        self.findings.append(Finding(kind, actor.name, relation, operation, seen, witness, fix))

    def merge(self, other: Ledger, order: Sequence[str]) -> None:
        """Take over what another has collected, cell by cell; then all is in this order of what was attacked."""
        known = {c for c, status in self.cells.items() if status == "leaked"}
        for (relation, actor, operation), status in other.cells.items():
            self.mark(actor, relation, operation, status, other.whys.get((relation, actor, operation), ""))
        self.findings += [f for f in other.findings if (f.relation, f.actor, f.operation) not in known]
        place = {name: number for number, name in enumerate(order)}
        self.cells = dict(sorted(self.cells.items(), key=lambda cell: place.get(cell[0][0], len(place))))
        self.findings.sort(key=lambda f: (place.get(f.relation, len(place)), f.kind, f.operation, f.actor))

    @property
    def unproven(self) -> list[dict[str, str]]:
        """Relations and operations that could not be tried, each with why."""
        seen: dict[tuple[str, str], str] = {}
        for cell, status in self.cells.items():
            if status == "unproven":
                seen.setdefault((cell[0], cell[2]), self.whys[cell])
        return [{"relation": r, "operation": o, "why": why} for (r, o), why in seen.items()]

    def count(self) -> Counter[str]:
        """How many cells have each status."""
        return Counter(self.cells.values())

    def verdict(self) -> str:
        """In the words of the output."""
        if self.findings:
            return "locked out" if all(f.kind == "locked out" for f in self.findings) else "leaking"
        return "unproven" if self.unproven or not self.cells else "isolated"

    def matrix(self) -> list[dict[str, Any]]:
        """Every cell, for a picture."""
        return [{"relation": r, "actor": a, "operation": o, "status": s} for (r, a, o), s in self.cells.items()]
