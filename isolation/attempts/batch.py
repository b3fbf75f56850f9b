"""Tries that share one transaction; each is undone before the next, whatever became of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from ..database.pipeline import Result, Wire
from ..model.outcome import Outcome
from ..model.states import SYNTAX
from ..planting.dataset import Dataset
from .changes import CALL, Digest

BACK = "rollback to here"
FEW = 4


class On(Protocol):
    """The session that a batch is tried in; `ends` undoes all of its transaction."""

    world: Dataset
    wire: Wire
    ends: str

    @property
    def busy(self) -> bool:
        """Whether a transaction was left open."""

    def reopened(self) -> bool:
        """Whether an attempt had ended the connection, so that there is a new one."""

    def digest(self, result: Result) -> Digest:
        """What the digest's call said."""


class Batch:
    """Tries that share one transaction; each is undone before the next, whatever became of it."""

    def __init__(self, on: On, opening: str, tries: Sequence[Sequence[str]], look: bool, prepared: bool) -> None:
        self._on, self._opening, self._tries = on, opening, tries
        self._look, self._prepared = look, prepared
        self._before, self._outcomes = Digest(), list[Outcome]()

    def outcomes(self) -> list[Outcome]:
        """Run all, in one message if nothing fails: an error ends a message."""
        self._outcomes = self._message(self._opening, self._tries)
        while rest := self._tries[len(self._outcomes) :]:
            if self._on.reopened():
                self._outcomes += self._message(self._opening, rest)
            elif len(rest) < FEW or any(s.lstrip().lower().startswith("copy") for t in rest for s in t):
                self._outcomes += self._message(BACK, rest)
            else:
                self._outcomes += self._segments(rest)
        if not self._on.reopened() and self._on.busy:
            self._on.wire.send(self._on.ends)
        return self._outcomes

    def _message(self, opening: str, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The outcomes up to the first error."""
        undone = [f"{';'.join(self._script(t))};\n{BACK}" for t in rest]
        results = self._on.wire.send(";\n".join([opening, *undone, self._on.ends]))
        if results[0].state == SYNTAX and len(rest) > 1:
            return self._one_by_one(rest)
        start = self._opened(results, resumed=opening == BACK)
        if start is None:
            return [_failed(results) for _ in rest]
        found, pending = list[Outcome](), list[Result]()
        for result in results[start:]:
            if len(found) == len(rest):
                break
            if result.state is not None or result.tag == b"ROLLBACK":
                found.append(self._outcome([*pending, result] if result.state else pending))
                pending = []
            else:
                pending.append(result)
        return found

    def _segments(self, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The outcomes of all, where errors are to be expected."""
        told = self._on.wire.segments([[BACK, *self._script(t)] for t in rest])
        return [
            self._one_by_one([tried])[0] if results[-1].state == SYNTAX else self._outcome(results[1:])
            for tried, results in zip(rest, told, strict=False)
            if results
        ]

    def _one_by_one(self, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The server parses a message before it runs any of it: one try with bad syntax must not stop the others."""
        self._on.wire.send(self._on.ends)
        alone = [Batch(self._on, self._opening, [t], self._look, self._prepared) for t in rest]
        return [outcome for batch in alone for outcome in batch.outcomes()]

    def _script(self, statements: Sequence[str]) -> list[str]:
        return [*statements, *(("reset session authorization", CALL) if self._look else ())]

    def _opened(self, results: Sequence[Result], *, resumed: bool) -> int | None:
        """Where the tries' results start; None where not even the opening went through."""
        start = 0
        for mark in [b"ROLLBACK"] if resumed else [b"SAVEPOINT"] * (1 + self._prepared):
            found = next((i for i in range(start, len(results)) if results[i].tag == mark), None)
            if found is None:
                return None
            if self._prepared and not resumed and not start:
                self._before = self._on.digest(results[found + 1])
            start = found + 1
        return start

    def _outcome(self, results: Sequence[Result]) -> Outcome:
        if results[-1].state is not None:
            return _failed(results)
        outcome, texts = Outcome(), list[str]()
        for result in results[:-2] if self._look else results:
            texts += [*map(_plain, result.cells), *result.notices]
            outcome.rows = result.rows
        outcome.text = "\n".join(texts)
        if self._look and results[-1].cells:
            world, digest = self._on.world, self._on.digest(results[-1])
            outcome.touched = [world.rows[k] for k in digest.touched(world, self._before)]
            outcome.made = digest.written(self._before)
        return outcome


def _plain(cell: bytes) -> str:
    """A cell as text; what PostgreSQL wrote as bytes in hex, as those bytes."""
    if cell.startswith(b"\\x") and len(cell) % 2 == 0:
        with suppress(ValueError):
            return bytes.fromhex(cell[2:].decode("ascii", "replace")).decode(errors="replace")
    return cell.decode(errors="replace")


def _failed(results: Sequence[Result]) -> Outcome:
    """The error, with everything that was said before it."""
    last = results[-1]
    return Outcome(last.state, last.error, text="\n".join([last.told, *(n for r in results for n in r.notices)]))
