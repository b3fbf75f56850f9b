"""The matrix as a page that a release manager can read: relations down, who tries what across, no script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..model.actors import ActorKind
from ..model.cell import Cell, Deed, Status, Verdict
from .document import Report, document

FOLDER = Path(__file__).with_name("templates")
PARTIES = {
    "another tenant": (ActorKind.NEIGHBOUR, ActorKind.STRANGER, ActorKind.FORGER, ActorKind.NEWCOMER),
    "colleague or removed member": (ActorKind.COLLEAGUE, ActorKind.REMOVED),
    "signed in, without claims": (ActorKind.UNCLAIMED,),
    "anonymous": (ActorKind.ANONYMOUS, ActorKind.UNTOLD),
    "the tenant itself": (ActorKind.OWNER,),
}
PARTY = {kind: party for party, kinds in PARTIES.items() for kind in kinds}
DEEDS = {
    Deed.READS: "SELECT, views, filters, reused connections",
    Deed.ADDS: "INSERT and upsert",
    Deed.CHANGES: "UPDATE, moving and taking rows",
    Deed.REMOVES: "DELETE, TRUNCATE and cascades",
    Deed.LEARNS: "whether a key exists",
    Deed.OPENS: "with a first step of one's own",
    Deed.CALLS: "a routine, and everything else",
    Deed.REACHES: "its own rows",
}
RANK = {Status.BLOCKED: 0, Status.REACHED: 0, Status.UNPROVEN: 1, Status.LEAKED: 2, Status.LOCKED_OUT: 2}
WORST_FIRST = (Status.LEAKED, Status.LOCKED_OUT, Status.UNPROVEN, Status.BLOCKED, Status.REACHED)
MARKS = {
    Status.BLOCKED: "·",
    Status.REACHED: "·",
    Status.UNPROVEN: "?",
    Status.LEAKED: "✕",
    Status.LOCKED_OUT: "✕",
}
STYLES = {Status.REACHED: Status.BLOCKED, Status.LOCKED_OUT: Status.LEAKED}
"""Statuses that look like another."""
VERDICTS = {
    Verdict.ISOLATED: ("good", "no tenant reaches another"),
    Verdict.LEAKING: ("bad", "a tenant reaches another"),
    Verdict.LOCKED_OUT: ("bad", "a tenant cannot reach its own"),
    Verdict.UNPROVEN: ("unsure", "not everything could be tried"),
}

Column = tuple[str, Deed]


@dataclass(slots=True)
class Square:
    """What came of all cells that lie in one square of the picture."""

    counts: Counter[Status] = field(default_factory=Counter)

    @property
    def status(self) -> Status:
        """The worst of its cells."""
        return max(self.counts, key=RANK.__getitem__)

    @property
    def style(self) -> Status:
        """What it looks like."""
        return STYLES.get(self.status, self.status)

    @property
    def words(self) -> str:
        """For who hears the picture."""
        return ", ".join(f"{self.counts[s]} {s}" for s in WORST_FIRST if self.counts[s])


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of the picture; `parties` are the groups of columns, with how many each spans."""

    title: str
    parties: Sequence[tuple[str, int]]
    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[Square | None]]]


def page(report: Report) -> str:
    """The whole file, drawn from the prover's output."""
    tone, plain = VERDICTS[report.verdict]
    return _template().render(
        body=document(report),
        style=(FOLDER / "matrix.css").read_text(encoding="utf-8"),
        grids=grids(report.cells, report.relations),
        deeds=DEEDS,
        marks=MARKS,
        tone=tone,
        plain=plain,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("matrix.html")


def grids(cells: Sequence[Cell], relations: frozenset[str]) -> list[Grid]:
    """Relations in one table, routines, sequences, roles and channels in the other."""
    drawn = [
        _grid("Tables and views", [c for c in cells if c.key.target in relations]),
        _grid("Routines, sequences, roles and channels", [c for c in cells if c.key.target not in relations]),
    ]
    return [grid for grid in drawn if grid.rows]


def _grid(title: str, cells: Sequence[Cell]) -> Grid:
    squares: dict[str, dict[Column, Square]] = defaultdict(lambda: defaultdict(Square))
    for cell in cells:
        squares[cell.key.target][PARTY[cell.party], cell.deed].counts[cell.status] += 1
    used = {column for row in squares.values() for column in row}
    columns = [(party, deed) for party in PARTIES for deed in DEEDS if (party, deed) in used]
    parties = Counter(party for party, _ in columns)
    rows = [(name, [row.get(column) for column in columns]) for name, row in sorted(squares.items())]
    return Grid(title, list(parties.items()), columns, rows)
