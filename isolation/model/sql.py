"""Identifiers and constants as SQL, and a row as texts by column."""

from __future__ import annotations

import json
from functools import lru_cache

from psycopg import sql

Values = dict[str, str | None]
_DECODER = json.JSONDecoder()


@lru_cache(maxsize=8192)
def quote(name: str) -> str:
    """An SQL identifier, always quoted."""
    return sql.Identifier(name).as_string()


def literal(value: str | None) -> str:
    """An SQL text constant."""
    return "null" if value is None else sql.Literal(value).as_string().strip()


def qualified(schema: str, name: str) -> str:
    """A name with its schema, quoted."""
    return f"{quote(schema)}.{quote(name)}"


def flat(body: bytes | str) -> Values:
    """A row's JSON as texts, every value as it is written there: 1.10 stays 1.10, also inside of documents."""
    text = body if isinstance(body, str) else body.decode()
    values: Values = {}
    at = _after_blanks(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _after_blanks(text, text.index(":", at) + 1)
        value, at = _DECODER.raw_decode(text, start)
        values[name] = value if value is None or isinstance(value, str) else text[start:at]
        at = _after_blanks(text, at)
        at = _after_blanks(text, at + 1) if text[at] == "," else at
    return values


def _after_blanks(text: str, at: int) -> int:
    while text[at].isspace():
        at += 1
    return at
