"""The INSERT that makes a row."""

from __future__ import annotations

from .catalog import Identity, Relation
from .sql import Values, literal, quote


def insertion(relation: Relation, values: Values, returning: str = "") -> str:
    """The INSERT of a row."""
    columns = [c for c in relation.columns if c.name in values]
    if not columns:
        return f"insert into {relation.sql} default values{returning}"
    names = ", ".join(quote(c.name) for c in columns)
    constants = ", ".join(f"{literal(values[c.name])}::{c.type}" for c in columns)
    overriding = " overriding system value" if any(c.identity is Identity.ALWAYS for c in columns) else ""
    return f"insert into {relation.sql} ({names}){overriding} values ({constants}){returning}"
