"""A row as texts by column, and the INSERT that makes it."""

from __future__ import annotations

from isolation.model.catalog import Relation, literal, quote

Values = dict[str, str | None]


def insertion(relation: Relation, values: Values, returning: str = "") -> str:
    """The INSERT of a row."""
    columns = [c for c in relation.columns if c.name in values]
    names = ", ".join(quote(c.name) for c in columns)
    given = ", ".join(f"{literal(values[c.name])}::{c.type}" for c in columns)
    overriding = " overriding system value" if any(c.identity == "a" for c in columns) else ""
    if not columns:
        return f"insert into {relation.sql} default values{returning}"
    return f"insert into {relation.sql} ({names}){overriding} values ({given}){returning}"
