"""Quarantine: the flaky tests that somebody answers for, until a date, as known_issues.toml beside this says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self


class BadQuarantineError(Exception):
    """The file says what cannot be: the message names file, entry, field and remedy."""


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """A flaky test that somebody answers for. `test` is a node id; without its brackets it means all of them."""

    test: str
    owner: str
    until: date
    why: str

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
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadQuarantineError(f"{file}: cannot be read as TOML ({error})") from error
        if unknown := content.keys() - {"issue"}:
            raise BadQuarantineError(f"{file}: {sorted(unknown)[0]} is unknown; entries are written [[issue]]")
        entries = content.get("issue", [])
        if not isinstance(entries, list):
            raise BadQuarantineError(f"{file}: issue must be a list; write [[issue]]")
        return cls(tuple(_entry(file, number, entry) for number, entry in enumerate(entries, 1)))

    def answers_for(self, nodeid: str, today: date) -> KnownIssue | None:
        """Return the entry that covers a test today, if there is one."""
        return next((each for each in self.issues if each.covers(nodeid) and today <= each.until), None)

    def expired(self, nodeids: Iterable[str], today: date) -> list[KnownIssue]:
        """Return the entries whose time is over and whose tests are among these."""
        over = [each for each in self.issues if today > each.until]
        known = list(nodeids) if over else []
        return [each for each in over if any(each.covers(nodeid) for nodeid in known)]


def _entry(file: Path, number: int, entry: Mapping[str, Any]) -> KnownIssue:
    def bad(why: str) -> BadQuarantineError:
        return BadQuarantineError(f"{file}: issue {number}: {why}")

    names = [each.name for each in fields(KnownIssue)]
    for name in names:
        if name not in entry:
            raise bad(f"{name} is missing; an entry has {', '.join(names)}")
    for name, value in entry.items():
        if name not in names:
            raise bad(f"{name} is unknown; an entry has {', '.join(names)}")
        if name == "until" and (not isinstance(value, date) or isinstance(value, datetime)):
            raise bad(f"until must be a date, as until = 2030-12-31; it is {value!r}")
        if name != "until" and not (isinstance(value, str) and value.strip()):
            raise bad(f'{name} must be text, as {name} = "…"; it is {value!r}')
    return KnownIssue(**entry)
