"""The one way in which a manifest is written down, measured and recognised."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

BYTES_PER_TOKEN = 4


def canonical(value: Any) -> bytes:
    """The value as canonical JSON (RFC 8785)."""
    return rfc8785.dumps(value)


def checksum(manifest: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON, lowercase hex."""
    return digest(canonical(manifest))


def digest(text: bytes) -> str:
    """SHA-256, lowercase hex."""
    return hashlib.sha256(text).hexdigest()


def tokens(byte_count: int) -> int:
    """The estimate that the budget is kept by: four bytes of canonical JSON a token, rounded up."""
    return -(-byte_count // BYTES_PER_TOKEN)


def estimate(manifest: dict[str, Any]) -> int:
    """The manifest's estimated tokens."""
    return tokens(len(canonical(manifest)))
