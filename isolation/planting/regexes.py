"""Reads a regular expression of PostgreSQL's, as far as texts that match it can be written from it."""

from __future__ import annotations

from dataclasses import dataclass

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.@ +/:#"
_WORD = "".join(c for c in ALPHABET if c.isalnum()) + "_"
_DIGITS, _SPACE = "0123456789", " "
_ESCAPES = {
    "d": _DIGITS,
    "w": _WORD,
    "s": _SPACE,
    "D": "".join(c for c in ALPHABET if c not in _DIGITS),
    "W": "".join(c for c in ALPHABET if c not in _WORD),
    "S": "".join(c for c in ALPHABET if c not in _SPACE),
}
_NAMED = {
    "alpha": "".join(c for c in ALPHABET if c.isalpha()),
    "digit": _DIGITS,
    "alnum": "".join(c for c in ALPHABET if c.isalnum()),
    "lower": "".join(c for c in ALPHABET if c.islower()),
    "upper": "".join(c for c in ALPHABET if c.isupper()),
    "xdigit": "0123456789abcdefABCDEF",
    "space": _SPACE,
    "punct": "-_.@+/:#",
    "word": _WORD,
}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_EMPTY = "mMyYAZbB<>"
"""Escapes that match no character."""
UNBOUNDED = 1000


class UnreadableError(ValueError):
    """The expression uses what cannot be written out: a look-around, a back reference, or it is none."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of these."""

    characters: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node, so many times at least and at most."""

    node: Node
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these sequences."""

    branches: tuple[tuple[Node, ...], ...]


Node = OneOf | Repeat | Choice


def read(pattern: str) -> Choice:
    """The expression as a tree. Raises UnreadableError."""
    reader = _Reader(pattern)
    found = reader.choice()
    if reader.more:
        raise UnreadableError(pattern)
    return found


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._text, self._at = pattern, 0

    @property
    def more(self) -> str:
        """The next character; empty at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        if not (taken := self.more):
            raise UnreadableError(self._text)
        self._at += 1
        return taken

    def _took(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def choice(self) -> Choice:
        branches = [self._sequence()]
        while self._took("|"):
            branches.append(self._sequence())
        return Choice(tuple(branches))

    def _sequence(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self.more and self.more not in "|)":
            node = self._atom()
            if node is not None:
                nodes.append(self._repeated(node))
        return tuple(nodes)

    def _atom(self) -> Node | None:
        character = self._take()
        if character in "^$":
            return None
        if character == "(":
            return self._group()
        if character == "[":
            return self._members()
        if character == ".":
            return OneOf(ALPHABET)
        if character == "\\":
            return self._escape()
        if character in "*+?":
            raise UnreadableError(self._text)
        return OneOf(character)

    def _group(self) -> Node:
        if self._took("?") and not self._took(":"):
            raise UnreadableError(self._text)
        found = self.choice()
        if not self._took(")"):
            raise UnreadableError(self._text)
        return found

    def _escape(self) -> Node | None:
        character = self._take()
        if character in _EMPTY:
            return None
        if character in _ESCAPES:
            return OneOf(_ESCAPES[character])
        if character.isdigit():
            raise UnreadableError(self._text)
        return OneOf(_CONTROL.get(character, character))

    def _members(self) -> Node:
        negated, inside = self._took("^"), ""
        first = True
        while first or not self._took("]"):
            first = False
            inside += self._member()
        if negated:
            return OneOf("".join(c for c in ALPHABET if c not in inside))
        ordered = [c for c in ALPHABET if c in inside]
        return OneOf("".join(dict.fromkeys([*ordered, *inside])))

    def _member(self) -> str:
        if self._took("[:"):
            name = self._text[self._at : self._text.find(":]", self._at)]
            self._at += len(name) + 2
            if name not in _NAMED:
                raise UnreadableError(self._text)
            return _NAMED[name]
        start = self._take()
        if start == "\\":
            escaped = self._take()
            return _ESCAPES.get(escaped, _CONTROL.get(escaped, escaped))
        if self.more == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._take()
            end = self._take()
            return "".join(map(chr, range(ord(start), min(ord(end), ord(start) + 200) + 1)))
        return start

    def _repeated(self, node: Node) -> Node:
        for sign, least, most in (("*", 0, UNBOUNDED), ("+", 1, UNBOUNDED), ("?", 0, 1)):
            if self._took(sign):
                self._took("?")
                return self._repeated(Repeat(node, least, most))
        if self.more == "{" and self._text[self._at + 1 : self._at + 2].isdigit():
            bounds = self._text[self._at + 1 : self._text.find("}", self._at)]
            self._at += len(bounds) + 2
            self._took("?")
            low, comma, high = bounds.partition(",")
            if not low.isdigit() or (high and not high.isdigit()):
                raise UnreadableError(self._text)
            return Repeat(node, int(low), int(high) if high else UNBOUNDED if comma else int(low))
        return node
