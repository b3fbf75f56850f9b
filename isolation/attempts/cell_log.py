"""What was tried and what came of it: cells, findings with their witness, and what stayed unproven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..model.cell import Cell, Evidence, Finding, Key, Status, Verdict
from .decide import decide
from .witness import Script

_RANK = {Status.UNPROVEN: 0, Status.BLOCKED: 1, Status.REACHED: 1, Status.LEAKED: 2, Status.LOCKED_OUT: 2}
WRONG = (Status.LEAKED, Status.LOCKED_OUT)


@dataclass(slots=True)
class CellLog:
    """Collects cells; a cell that leaked once stays leaked, and one control that fired is enough."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    script: Script | None = None

    def add(self, evidence: Evidence) -> Cell:
        """Decide the cell that this is evidence for, and keep what is worse of it and what was known."""
        cell = decide(evidence)
        if cell.status in WRONG and not self._wrong(cell.key):
            self.findings.append(self._finding(evidence))
        self._keep(cell)
        return cell

    def _wrong(self, key: Key) -> bool:
        return key in self.cells and self.cells[key].status in WRONG

    def _keep(self, cell: Cell) -> None:
        known = self.cells.get(cell.key)
        if known is None or _RANK[cell.status] > _RANK[known.status]:
            self.cells[cell.key] = cell

    def _finding(self, evidence: Evidence) -> Finding:
        seen = " ".join([evidence.effect, *evidence.statements])
        planted = self.script.concerning(evidence.target, seen) if self.script else []
        before = [evidence.before] if evidence.before else []
        lines = ["begin", *planted, *before, evidence.actor.sql, *evidence.statements, "rollback"]
        witness = ";\n".join(filter(None, lines)) + ";"
        return Finding(evidence.kind, *_named(evidence), evidence.effect, witness, evidence.fix)

    def without_script(self) -> CellLog:
        """The same, small enough to be handed to another process."""
        return CellLog(self.cells, self.findings)

    def merge(self, other: CellLog, order: Sequence[str]) -> None:
        """Take over what another has collected, cell by cell; then all is in this order of what was attacked."""
        self.findings += [f for f in other.findings if not self._wrong(Key(f.relation, f.actor, f.operation))]
        for cell in other.cells.values():
            self._keep(cell)
        place = {name: number for number, name in enumerate(order)}
        last = len(place)
        self.cells = dict(sorted(self.cells.items(), key=lambda cell: place.get(cell[0].target, last)))
        self.findings.sort(key=lambda f: (place.get(f.relation, last), f.kind, f.operation, f.actor))

    @property
    def unproven(self) -> list[dict[str, str]]:
        """Relations and operations that could not be tried, each with why."""
        first: dict[tuple[str, str], str] = {}
        for key, cell in self.cells.items():
            if cell.status is Status.UNPROVEN:
                first.setdefault((key.target, key.operation), cell.why)
        return [{"relation": r, "operation": o, "why": why} for (r, o), why in first.items()]

    def count(self) -> Counter[Status]:
        """How many cells have each status."""
        return Counter(cell.status for cell in self.cells.values())

    @property
    def controls_fired(self) -> int:
        """How many cells had a control that fired, or an effect, which is its own control."""
        return len(self.cells) - self.count()[Status.UNPROVEN]

    def verdict(self) -> Verdict:
        """In the words of the output."""
        count = self.count()
        if count[Status.LEAKED]:
            return Verdict.LEAKING
        if count[Status.LOCKED_OUT]:
            return Verdict.LOCKED_OUT
        return Verdict.UNPROVEN if count[Status.UNPROVEN] or not self.cells else Verdict.ISOLATED


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for each cause: those on one relation that the same SQL closes, with all that they open."""
    causes: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        causes.setdefault((finding.relation, finding.fix), []).append(finding)
    return [replace(found[0], opens=tuple((f.kind, f.actor, f.operation) for f in found)) for found in causes.values()]


def _named(evidence: Evidence) -> tuple[str, str, str]:
    return evidence.actor.name, evidence.target, evidence.operation.name
