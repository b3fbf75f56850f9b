"""How v1 signs: X-VERIFY = sha256(text + salt) + "###" + index."""

from __future__ import annotations

import hashlib


def sign(text: str, salt_key: str, salt_index: int) -> str:
    """The X-VERIFY header of a text."""
    return f"{hashlib.sha256((text + salt_key).encode()).hexdigest()}###{salt_index}"
