"""Texts that match a regular expression, as unlike each other as it lets them be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from .regexes import ALPHABET, Choice, Node, OneOf, Repeat, UnreadableError, read


def matching(pattern: str, sample: str) -> Iterator[str]:
    """Texts for an expression of PostgreSQL's; each carries as much of the sample as it admits."""
    try:
        tree = read(pattern)
    except (UnreadableError, RecursionError):
        return
    for stream, wanted, branch in product((sample, sample[::-1]), (len(sample), 1, 0), (0, 1)):
        yield _Writer(stream, wanted, branch).text((tree,))


class _Writer:
    """Writes one text: characters from a stream where they fit, `wanted` of them where any number does."""

    def __init__(self, stream: str, wanted: int, branch: int) -> None:
        self.stream, self.wanted, self.branch, self.at = stream, wanted, branch, 0

    def text(self, nodes: Sequence[Node]) -> str:
        """What matches these nodes one after another."""
        return "".join(map(self._node, nodes))

    def _node(self, node: Node) -> str:
        match node:
            case OneOf(characters):
                return characters if len(characters) == 1 else self._next(characters)
            case Choice(branches):
                return self.text(branches[self.branch % len(branches)])
            case Repeat(inner, least, most):
                single = isinstance(inner, OneOf) and len(inner.characters) > 1
                times = max(least, min(most, self.wanted if single else min(self.wanted, 1)))
                return "".join(self._node(inner) for _ in range(times))

    def _next(self, allowed: str) -> str:
        """The stream's next character, or one that stands for it, among those that are allowed."""
        wish = self.stream[self.at % len(self.stream)]
        self.at += 1
        letter = ALPHABET[int(wish)] if wish.isdigit() else wish
        number = str(ord(wish) % 10)
        choices = (wish, wish.upper(), letter, letter.upper(), number)
        fitting = [c for c in choices if c in allowed]
        return fitting[0] if fitting else allowed[ord(wish) % len(allowed)] if allowed else ""
