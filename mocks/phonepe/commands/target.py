"""Which merchant a command is about."""

from __future__ import annotations

from ..client import AdminClient


class CommandError(Exception):
    """A command was asked for wrongly: one line with the remedy."""


def merchant_of(admin: AdminClient, named: str | None) -> str:
    """The merchant that was named, or the only one. Raises CommandError."""
    names = [str(each["merchant_id"]) for each in admin.merchants()]
    if named is None and len(names) == 1:
        return names[0]
    if named in names:
        return str(named)
    there = ", ".join(names[:10]) or "none: POST /_admin/merchants makes one"
    if named is None:
        raise CommandError(f"name the merchant by --merchant; there are {there}")
    raise CommandError(f"--merchant: there is no {named}; there are {there}")
