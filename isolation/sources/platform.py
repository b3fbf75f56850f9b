"""Which platform a schema was written for, and the platform's own schemas before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from typing import Literal, get_args

Kind = Literal["supabase", "postgrest", "plain"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SUPABASE = re.compile(
    r"\bauth\s*\.\s*(?:uid|jwt|role|email|users|sessions|identities)\b|\bstorage\s*\.\s*(?:objects|buckets|foldername)\b"
    r"|\brealtime\s*\.\s*(?:messages|topic|send|broadcast_changes)\b|\bsupabase_\w+",
    re.I,
)
_MAKES_AUTH = re.compile(r"\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?\"?auth\"?\b", re.I)
_MAKES_ROLES = re.compile(r"\bcreate\s+(?:role|user)\s+\"?(?:anon|authenticated)\"?\b", re.I)
_NAMES_ROLES = re.compile(
    r"\b(?:to|from|role)\s+(?:\w+\s*,\s*)*\"?(?:anon|authenticated|service_role)\"?\b|\brequest\.(?:jwt|headers|cookies)\b",
    re.I,
)


def inferred(texts: Iterable[str]) -> Kind:
    """The platform that the SQL takes for granted: what it uses without making it."""
    text = "\n".join(texts)
    if _MAKES_AUTH.search(text) or _MAKES_ROLES.search(text):
        return "plain"
    if _SUPABASE.search(text):
        return "supabase"
    return "postgrest" if _NAMES_ROLES.search(text) else "plain"


def script(kind: Kind) -> str:
    """The SQL that makes the platform, for a superuser."""
    return (resources.files(__package__.rpartition(".")[0]) / "platforms" / f"{kind}.sql").read_text(encoding="utf-8")
