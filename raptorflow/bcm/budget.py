"""Keeps a manifest within its budget: strings are shortened by fields in a fixed order, and none is left out.

Round by round the longest string allowed gets shorter (`ROUNDS`, in bytes of JSON); within a round the fields take
their turn in `COMPRESSION_ORDER`, and the first moment at which the manifest fits ends it. A shortened string ends
in “…”; the manifest's `compression` says how far it went. All numbers, yes/no answers and list entries stay.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from raptorflow.bcm.canonical import canonical, tokens
from raptorflow.bcm.entries import COMPRESSION_ORDER
from raptorflow.texts import clusters

BUDGET = 1200
ROUNDS = (600, 400, 280, 200, 160, 130, 100, 80, 64, 52, 42, 34, 28, 24, 20, 17, 14, 11)
_ELLIPSIS = "…"


class BudgetExceededError(ValueError):
    """No permitted compression brings the manifest under its budget."""


def fit(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest within `BUDGET` tokens, shortened no further than that needs."""
    size = len(canonical(manifest))
    if tokens(size) <= BUDGET:
        return manifest
    fitted = {section: dict(part) if isinstance(part, dict) else part for section, part in manifest.items()}
    for before, limit in zip((None, *ROUNDS), ROUNDS, strict=False):
        for path in COMPRESSION_ORDER:
            size -= _shorten(fitted, path, limit)
            note = {"through": path, "limit": limit, "others": before}
            if tokens(size + len(canonical({"compression": note}))) <= BUDGET:
                return {**fitted, "compression": note}
    raise BudgetExceededError


def clip(text: str, limit: int) -> str:
    """The text if its JSON takes at most `limit` bytes, else its beginning, in whole words if they end late, and “…”.

    No character of more than one code point is cut in two.
    """
    if _cost(text) <= limit:
        return text
    room, kept = limit - _cost(_ELLIPSIS), ""
    for cluster in clusters(text):
        room -= _cost_of_one(cluster)
        if room < 0:
            break
        kept += cluster
    words = kept.rpartition(" ")[0]
    return (words if len(words) * 3 >= len(kept) * 2 else kept).rstrip() + _ELLIPSIS


def _cost(text: str) -> int:
    return len(canonical(text)) - 2


_cost_of_one = lru_cache(maxsize=4096)(_cost)
"""A clipped text is weighed cluster by cluster, of which a text has few different ones."""


def _shorten(manifest: dict[str, Any], path: str, limit: int) -> int:
    """Clip all strings at `path`; returns the bytes won."""
    section, _, key = path.partition(".")
    if key not in manifest[section]:
        return 0
    old = manifest[section][key]
    new = _clip_all(old, limit)
    manifest[section][key] = new
    return len(canonical(old)) - len(canonical(new))


def _clip_all(value: Any, limit: int) -> Any:
    if isinstance(value, str):
        return clip(value, limit)
    if isinstance(value, list):
        return [_clip_all(item, limit) for item in value]
    if isinstance(value, dict):
        return {key: _clip_all(item, limit) for key, item in value.items()}
    return value
