"""The one reader of SQL text: what policies, views and routines compare with what, from their parse trees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from postgast import PgQueryError, parse, parse_plpgsql

_STATEMENT = re.compile(r"\s*(?:select|insert|update|delete|merge|with|values|table)\b", re.I)


@lru_cache(maxsize=4096)
def embedded(definition: str) -> tuple[str, ...]:
    """The SQL within a procedural routine, by its whole definition; nothing where it cannot be read."""
    try:
        parsed = parse_plpgsql(definition)
    except (PgQueryError, ValueError):
        return ()
    return tuple(dict.fromkeys(_queries(parsed)))


def _queries(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "PLpgSQL_expr" in node:
            yield node["PLpgSQL_expr"]["query"]
        for value in node.values():
            yield from _queries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _queries(value)


@lru_cache(maxsize=8192)
def tree(text: str) -> Any:
    """The parse tree of statements, or of an expression; None for what is neither."""
    for candidate in (text, f"select {text}") if _STATEMENT.match(text) else (f"select {text}", text):
        try:
            return parse(candidate)
        except PgQueryError:
            continue
    return None


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
