"""What an attempt brought, and the stored rows that it may have touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from .canary import TOKEN
from .sql import Values

Key = tuple[str, str]
"""A relation, and where a row of it lies."""


@dataclass(frozen=True, slots=True)
class Row:
    """A stored row: who may write it and who may read it, by user name."""

    relation: str
    values: Values
    writers: frozenset[str]
    readers: frozenset[str]


@dataclass
class Outcome:
    """Error, rows, what was said, and which rows were touched or made."""

    state: str | None = None
    error: str = ""
    rows: int = 0
    text: str = ""
    touched: list[Row] = field(default_factory=list)
    made: list[tuple[str, Values]] = field(default_factory=list)

    @property
    def ran(self) -> bool:
        """Whether every statement went through."""
        return self.state is None

    @cached_property
    def tokens(self) -> list[str]:
        """Every canary in the answer."""
        return list(dict.fromkeys(TOKEN.findall(self.text)))

    @property
    def silent(self) -> Outcome:
        """The same failure of another statement: what was said quotes the first one."""
        return Outcome(self.state, self.error)
