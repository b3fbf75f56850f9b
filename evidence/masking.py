"""Keeps secrets out of evidence: by the name of what holds them, by their shape, and those registered by value."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

MASKED = "***"
SHORTEST_SECRET = 4

_NAMES = r"passw(?:or)?d|passphrase|secret|salt|token|api[_-]?key|(?:proxy-)?authorization|(?:set-)?cookie"
_NAME = re.compile(rf"[\w-]*(?:{_NAMES}|x-verify)", re.IGNORECASE)
_HINTS = (
    *("eyj", "bearer", "basic", "authorization", "cookie", "verify", "passw", "passphrase"),
    *("secret", "salt", "token", "api", "://", "$argon2"),
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"eyJ[\w-]{4,}(?:\.+[\w-]*)*", MASKED),  # whole, or shortened with dots
        (r"\$argon2\w+\$[^\s\"']+", MASKED),
        (  # in quotes, of which the second may be cut off
            rf"(\\*[\"'])([\w-]*(?:{_NAMES}|x-verify))\1(\s*[:,]\s*)(\\*[\"']).*?(?:(?<!\\)\4|(?=[\r\n])|$)",
            rf"\1\2\1\3\4{MASKED}\4",
        ),
        (r"((?:proxy-)?authorization|(?:set-)?cookie|x-verify)(\s*[:=]\s*)(?![\"'\\])[^\r\n]+", rf"\1\2{MASKED}"),
        (r"\b(O-Bearer|Bearer|Basic)(\s+)[\w.~+/=-]{8,}", rf"\1\2{MASKED}"),
        (rf"\b([\w-]*(?:{_NAMES}))=[^&\s\"',;]+", rf"\1={MASKED}"),
        (r"(\w://[^:/?#\s@]*):[^@/\s]+@", rf"\1:{MASKED}@"),
    )
)


class _Registry:
    """The secrets that this process knows by value, in each form in which they may turn up."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._lock = threading.Lock()
        self.pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        with self._lock:
            self._forms |= {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
            longest_first = sorted(self._forms, key=len, reverse=True)
            self.pattern = re.compile("|".join(map(re.escape, longest_first)))


_registry = _Registry()


def register(*secrets: str) -> None:
    """Mask these values from now on, wherever they turn up.

    Raises ValueError for one of fewer than four characters: it would blot out what is no secret.
    """
    for secret in secrets:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"a secret of {len(secret)} characters cannot be masked: use one of at least {SHORTEST_SECRET}"
            )
        _registry.add(secret)
    _shapes.cache_clear()


def mask(text: str) -> str:
    """Return the text without tokens, passwords, salts, cookies, authorization headers, JWTs and registered secrets."""
    pattern = _registry.pattern
    if pattern is not None:
        text = pattern.sub(MASKED, text)
    return _shapes(text) if len(text) < _CACHED_LENGTH else _shapes.__wrapped__(text)


_CACHED_LENGTH = 64


@lru_cache(maxsize=4096)
def _shapes(text: str) -> str:
    lowered = text.lower()
    if any(hint in lowered for hint in _HINTS):
        for pattern, replacement in _SHAPES:
            text = pattern.sub(replacement, text)
    return text


def mask_value(value: Any) -> Any:
    """Return a JSON-like value with every text in it masked, and whole whatever is held under a telling name."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(str(name)): _member(str(name), member) for name, member in value.items()}
    if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and _tells(value[0]):
        return [value[0], MASKED]
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(member) for member in value]
    return value if value is None or isinstance(value, bool | int | float) else mask(str(value))


def _member(name: str, value: Any) -> Any:
    if isinstance(value, str | list | tuple) and value and _tells(name):
        return MASKED
    return mask_value(value)


@lru_cache(maxsize=1024)
def _tells(name: str) -> bool:
    return _NAME.fullmatch(name) is not None
