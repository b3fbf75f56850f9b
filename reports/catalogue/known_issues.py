"""Quarantine: the flaky tests that somebody answers for, until a date, as known_issues.toml beside this says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Strict

from core.catalogue import STRICT, CatalogueError, Text, entries


class BadQuarantineError(Exception):
    """The file says what cannot be: the message names file, entry, field and remedy."""


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """A flaky test that somebody answers for. `test` is a node id; without its brackets it means all of them."""

    __pydantic_config__ = STRICT

    test: Text
    owner: Text
    until: Annotated[date, Strict()]
    why: Text

    def covers(self, nodeid: str) -> bool:
        """Whether the entry speaks of this test."""
        return nodeid == self.test or nodeid.partition("[")[0] == self.test


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The entries of the file. On the last day an entry still counts."""

    issues: tuple[KnownIssue, ...] = ()

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the file's entries; none where there is no file. Raises BadQuarantineError."""
        if not file.exists():
            return cls()
        try:
            return cls(tuple(entries(file, "issue", KnownIssue)))
        except CatalogueError as error:
            raise BadQuarantineError(str(error)) from error

    def answers_for(self, nodeid: str, today: date) -> KnownIssue | None:
        """Return the entry that covers a test today, if there is one."""
        return next((each for each in self.issues if each.covers(nodeid) and today <= each.until), None)

    def expired(self, nodeids: Iterable[str], today: date) -> list[KnownIssue]:
        """Return the entries whose time is over and whose tests are among these."""
        over = [each for each in self.issues if today > each.until]
        known = list(nodeids) if over else []
        return [each for each in over if any(each.covers(nodeid) for nodeid in known)]
