"""What a routine's text compares an argument with: the columns whose values the argument names."""

from __future__ import annotations

import re
from functools import lru_cache

_CALL = r"(?:\w+\s*\(\s*)?"
_CAST = r"(?:\s*::\s*\w+)?\s*\)?"
_ALIKE = r"(?:=|~~\*?|i?like\b|in\s*\(|=\s*any\s*\()"


@lru_cache(maxsize=4096)
def compared(source: str, argument: str, position: int) -> frozenset[str]:
    """The names of columns that stand on the other side of ``=``, ``like`` or ``in``, wrapped in a call or not."""
    named = rf"(?:\$(?:{position})\b" + (rf"|(?:\w+\.)?\b{re.escape(argument)}\b)" if argument else ")")
    column = r"(?:\w+\.)*(\w+)"
    right = rf"{column}{_CAST}\s*{_ALIKE}\s*{_CALL}{named}"
    left = rf"{named}{_CAST}\s*=\s*{_CALL}{column}"
    found = [*re.findall(right, source, re.I), *re.findall(left, source, re.I)]
    return frozenset(name.lower() for name in found if name.lower() != argument.lower())
