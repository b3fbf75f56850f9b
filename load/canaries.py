"""Canaries: a mark in everything that a customer tells the system, so that it is known wherever it turns up."""

from __future__ import annotations

import re
from hashlib import sha256

_MARK = re.compile(rb"canary([0-9a-f]{16})")


def canary(seed: int, number: int) -> str:
    """Customer `number`'s mark: 22 lower-case letters and digits, safe in an address, a name and a JSON string."""
    return "canary" + sha256(f"{seed}:{number}".encode()).hexdigest()[:16]


def foreign(body: bytes, own: str) -> str | None:
    """The first mark in a response that is not the reader's own, else None."""
    return next((mark for match in _MARK.finditer(body) if (mark := match[0].decode()) != own), None)
