"""Canaries: values that name the side which they were planted for, and that are recognised wherever they come back."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"zq[a-z]\d{5}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![\d.])9[1-4]\d{7}(?!\d)"
)


def token(side: str, serial: int) -> str:
    """The text canary of a side (a letter) and a serial number."""
    return f"zq{side}{serial:05d}"


def identifier(side: str, serial: int) -> str:
    """The uuid canary."""
    return f"{ord(side):02x}{serial:06x}-5eed-4000-8000-{serial:012x}"
