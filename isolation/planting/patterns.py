"""Texts that match a regular expression, as unlike each other as it lets them be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from itertools import product
from typing import Any

code, parser = import_module("re._constants"), import_module("re._parser")
"""The library's own reading of a pattern; it has no public name."""

_CLASSES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"[a-z0-9_]", "CATEGORY_SPACE": " "}
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.@ +/:#"
_POSIX = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9a-fA-F",
    "[:space:]": r"\s",
    r"\m": "",
    r"\M": "",
    r"\y": "",
}


def matching(pattern: str, sample: str) -> Iterator[str]:
    """Texts for an expression of PostgreSQL's; each carries as much of the sample as it admits."""
    for theirs, ours in _POSIX.items():
        pattern = pattern.replace(theirs, ours)
    try:
        tree = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return
    for stream, wanted, branch in product((sample, sample[::-1]), (len(sample), 1, 0), (0, 1)):
        yield _Writer(stream, wanted, branch).text(tree)


class _Writer:
    """Writes one text: characters from a stream where they fit, ``wanted`` of them where any number does."""

    def __init__(self, stream: str, wanted: int, branch: int) -> None:
        self.stream, self.wanted, self.branch, self.at = stream, wanted, branch, 0

    def text(self, nodes: Any) -> str:
        """What matches these nodes one after another."""
        return "".join(self._node(op, detail) for op, detail in nodes)

    def _node(self, op: Any, detail: Any) -> str:
        if op is code.LITERAL:
            return chr(detail)
        if op is code.SUBPATTERN:
            return self.text(detail[-1])
        if op is code.BRANCH:
            return self.text(detail[1][self.branch % len(detail[1])])
        if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            return self._repeat(*detail)
        if op is code.ANY:
            return self._next(_ALPHABET)
        if op is code.NOT_LITERAL:
            return self._next(_ALPHABET.replace(chr(detail), ""))
        return self._next(_members(tuple(detail))) if op is code.IN else ""

    def _repeat(self, least: int, most: Any, nodes: Any) -> str:
        single = len(nodes) == 1 and nodes[0][0] in (code.IN, code.ANY, code.NOT_LITERAL)
        times = max(least, min(int(most), self.wanted if single else min(self.wanted, 1)))
        return "".join(self.text(nodes) for _ in range(times))

    def _next(self, allowed: str) -> str:
        """The stream's next character, or one that stands for it, among those that are allowed."""
        wish = self.stream[self.at % len(self.stream)]
        self.at += 1
        letter = _ALPHABET[int(wish)] if wish.isdigit() else wish
        number = str(ord(wish) % 10)
        choices = (wish, wish.upper(), letter, letter.upper(), number)
        fitting = [c for c in choices if c in allowed]
        return fitting[0] if fitting else allowed[ord(wish) % len(allowed)] if allowed else ""


@lru_cache(maxsize=512)
def _members(items: tuple[Any, ...]) -> str:
    """The characters of a class, those of the alphabet first."""
    negated = items[0][0] is code.NEGATE
    inside = [c for c in _ALPHABET if any(_holds(op, detail, c) for op, detail in items)]
    if not negated:
        inside += [chr(d) for op, d in items if op is code.LITERAL and chr(d) not in inside]
        inside += [chr(d[0]) for op, d in items if op is code.RANGE and chr(d[0]) not in _ALPHABET]
    return "".join(c for c in _ALPHABET if c not in inside) if negated else "".join(inside)


def _holds(op: Any, detail: Any, character: str) -> bool:
    if op is code.LITERAL:
        return bool(ord(character) == detail)
    if op is code.RANGE:
        return bool(detail[0] <= ord(character) <= detail[1])
    if op is code.CATEGORY:
        name = str(detail)
        known = _CLASSES.get(name.replace("NOT_", ""), ".")
        return bool(re.match(known, character, re.I)) != ("NOT_" in name)
    return False
