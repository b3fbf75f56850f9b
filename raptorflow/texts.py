"""Text as people see it: one spelling for what Unicode spells in several ways, and no character cut in two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

_CLUSTER = regex.compile(r"\X")


def composed(text: str) -> str:
    """The text in Unicode's NFC: an é is one code point, whichever keyboard typed it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def spellings(text: str) -> tuple[str, ...]:
    """The text in NFC, as it came, and in NFD: each once, NFC first."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys((composed(text), text, unicodedata.normalize("NFD", text))))


def clusters(text: str) -> Iterator[str]:
    """What people call characters, by UAX #29: a family of emoji, a flag, a letter with its accents."""
    return iter(text) if text.isascii() and "\r" not in text else (match[0] for match in _CLUSTER.finditer(text))


def cut(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` code points that ends between two characters of `clusters`.

    A first character that is longer than all of `limit` is cut, for it says more than nothing.
    """
    if len(text) <= limit:
        return text
    end = 0
    for cluster in clusters(text):
        if end + len(cluster) > limit:
            break
        end += len(cluster)
    return text[: end or limit]
