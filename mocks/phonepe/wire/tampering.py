"""Changes to a JSON document that is about to be sent: a dotted path for each, and the value to put there."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def tampered(document: Any, changes: Mapping[str, Any]) -> Any:
    """A copy with the changes; numbers in a path are places in a list, what is missing on its way is made."""
    changed = copy.deepcopy(document)
    for path, value in changes.items():
        changed = _with(changed, path.split("."), value)
    return changed


def _with(found: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    head, *tail = path
    if isinstance(found, list) and head.isdecimal():
        place = int(head)
        if place < len(found):
            found[place] = _with(found[place], tail, value)
        else:
            found.append(_with({}, tail, value))
        return found
    holder = found if isinstance(found, dict) else {}
    holder[head] = _with(holder.get(head), tail, value)
    return holder
