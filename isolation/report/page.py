"""The matrix as a page that a release manager can read: relations down, who tries what across, no script."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

FOLDER = Path(__file__).with_name("templates")
PARTIES = (
    ("another tenant", re.compile(r"^(B|S)\b")),
    ("colleague or removed member", re.compile(r"^(M|R)\b")),
    ("signed in, without claims", re.compile(r"with(out| empty) claims$")),
    ("anonymous", re.compile(r"^(anon|nobody)")),
    ("the tenant itself", re.compile(r"^A\b")),
)
DEEDS = (
    ("opens", "with a first step of one's own", re.compile(r"then everything$|^SET ROLE")),
    ("reads", "SELECT, views, filters, reused connections", re.compile(r"^(SELECT|COPY|FILTER|LISTEN|READ|PLANT)")),
    ("adds", "INSERT and upsert", re.compile(r"^(INSERT|UPSERT)")),
    ("changes", "UPDATE, moving and taking rows", re.compile(r"^(UPDATE|MOVE|TAKE|SET)")),
    ("removes", "DELETE, TRUNCATE and cascades", re.compile(r"^(DELETE|TRUNCATE|CASCADE)")),
    ("learns", "whether a key exists", re.compile(r"^EXISTS")),
    ("reaches", "its own rows", re.compile(r"^ACCESS")),
    ("calls", "a routine, and everything else", re.compile(r"")),
)
ORDER = ("reads", "adds", "changes", "removes", "learns", "opens", "calls", "reaches")
RANK = {"blocked": 0, "unproven": 1, "leaked": 2}
MARKS = {"blocked": "·", "unproven": "?", "leaked": "✕"}
VERDICTS = {"isolated": "good", "leaking": "bad", "locked out": "bad", "unproven": "unsure"}
PLAIN = {
    "isolated": "no tenant reaches another",
    "leaking": "a tenant reaches another",
    "locked out": "a tenant cannot reach its own",
    "unproven": "not everything could be tried",
}

Column = tuple[str, str]


@dataclass(slots=True)
class Square:
    """What came of all cells that lie in one square of the picture."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def status(self) -> str:
        """The worst of its cells."""
        return max(self.counts, key=RANK.__getitem__)

    @property
    def words(self) -> str:
        """For who hears the picture."""
        told = (f"{self.counts[s]} {s}" for s in ("leaked", "unproven", "blocked") if self.counts[s])
        return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of the picture; ``parties`` are the groups of columns, with how many each spans."""

    title: str
    parties: Sequence[tuple[str, int]]
    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[Square | None]]]


def page(body: dict[str, Any]) -> str:
    """The whole file, drawn from the prover's output."""
    return _template().render(
        body=body,
        style=(FOLDER / "matrix.css").read_text(encoding="utf-8"),
        grids=grids(body["matrix"]),
        deeds={name: what for name, what, _ in DEEDS},
        marks=MARKS,
        tone=VERDICTS[body["verdict"]],
        plain=PLAIN[body["verdict"]],
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


def grids(matrix: Iterable[dict[str, str]]) -> list[Grid]:
    """Relations in one table, routines, sequences, roles and channels in the other."""
    cells = list(matrix)
    stored = {c["relation"] for c in cells if _deed(c["operation"]) in ("reads", "adds") and "." in c["relation"]}
    stored -= {c["relation"] for c in cells if c["operation"] in ("READ SEQUENCE", "SETVAL", "CALL")}
    told = [
        _grid("Tables and views", [c for c in cells if c["relation"] in stored]),
        _grid("Routines, sequences, roles and channels", [c for c in cells if c["relation"] not in stored]),
    ]
    return [grid for grid in told if grid.rows]


def _grid(title: str, cells: Sequence[dict[str, str]]) -> Grid:
    squares: dict[str, dict[Column, Square]] = defaultdict(lambda: defaultdict(Square))
    for cell in cells:
        column = (_party(cell["actor"]), _deed(cell["operation"]))
        squares[cell["relation"]][column].counts[cell["status"]] += 1
    used = {column for row in squares.values() for column in row}
    columns = [(party, deed) for party, _ in _all_parties() for deed in ORDER if (party, deed) in used]
    parties = Counter(party for party, _ in columns)
    rows = [(name, [row.get(column) for column in columns]) for name, row in sorted(squares.items())]
    return Grid(title, list(parties.items()), columns, rows)


def _all_parties() -> Iterable[tuple[str, re.Pattern[str] | None]]:
    return (*PARTIES, ("others", None))


def _party(actor: str) -> str:
    return next((name for name, shape in PARTIES if shape.search(actor)), "others")


def _deed(operation: str) -> str:
    return next(name for name, _, shape in DEEDS if shape.search(operation))
