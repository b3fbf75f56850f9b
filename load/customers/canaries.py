"""Canaries: a mark in everything that a customer tells the system, so that it is known wherever it turns up."""

from __future__ import annotations

import re
from hashlib import sha256

_BEGINNING = b"canary"
_MARK = re.compile(_BEGINNING + rb"[0-9a-f]{16}")


def canary(run: str, seed: int, number: int) -> str:
    """Customer `number`'s mark in a run: 22 lower-case letters and digits, safe in addresses, names and JSON."""
    return "canary" + sha256(f"{run}:{seed}:{number}".encode()).hexdigest()[:16]


def foreign(body: bytes, own: str) -> str | None:
    """The first mark in a response that is not the reader's own, else None."""
    if _BEGINNING not in body:
        return None
    return next((mark for match in _MARK.finditer(body) if (mark := match[0].decode()) != own), None)
