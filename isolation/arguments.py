"""Arguments for routines: what a tenant's rows hold under a name that fits, likeliest first."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from isolation.actors import USERS
from isolation.catalog import Routine
from isolation.values import constants
from isolation.world import World

TEXTS = ("text", "character varying")
_OPAQUE = ("bytea",)
KEYS = ("uuid", "bigint", "integer")
NAMESAKES = 8
_TENANT = re.compile("workspace|tenant|org|team|account")
_USER = re.compile("user|owner|member|profile|^id$|^uid")
_PREFIX, _SUFFIX = re.compile(r"^(p|_|in|arg|v)_"), re.compile(r"_?(id|uuid)$")


@dataclass(frozen=True, slots=True)
class _Held:
    """A value that a row of the side holds, or a row that is nobody's."""

    table: str
    column: str
    base: str
    value: str
    key: bool


class Arguments:
    """Knows every value of each side's rows by the type of its column."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._held: dict[str, dict[str, list[_Held]]] = {}

    def of(self, name: str, type_: str, routine: Routine, side: str) -> list[str | None]:
        """Values for an argument of a routine that names what is this side's."""
        plain = _SUFFIX.sub("", _PREFIX.sub("", name.lower())).strip("_")
        found = self._named(name.lower(), plain, type_, side)
        tenant, user = self.world.tenants[side], USERS[side]
        if _TENANT.search(plain) and type_ in (*TEXTS, *KEYS):
            found.insert(0, tenant)
        elif _USER.search(name.lower()) and type_ in ("uuid", "text"):
            found.insert(0, user.id)
        elif type_ == "uuid":
            found += [tenant, user.id]
        if "email" in name.lower():
            found.insert(0, user.email)
        if type_ in TEXTS:
            found += [v for v in constants(routine.source) if 0 < len(v) < 30][:4]
        return list(dict.fromkeys([*found, *_plain(type_, tenant, user.id)])) or [None]

    def _named(self, name: str, plain: str, type_: str, side: str) -> list[str]:
        exact, keys = list[str](), list[str]()
        wanted = {name.removeprefix("p_"), plain}
        for held in self._of_type(type_, side):
            namesake = plain and held.table.rstrip("s") == plain.rstrip("s") and held.key
            if held.column in wanted or namesake or (type_ in _OPAQUE and not exact):
                exact.insert(0, held.value)
            elif (type_ in KEYS and held.key) or (type_ in TEXTS and len(plain) > 3 and plain in held.column):
                keys.append(held.value)
        return list(dict.fromkeys([*exact, *keys]))[:NAMESAKES]

    def _of_type(self, type_: str, side: str) -> list[_Held]:
        if side not in self._held:
            self._held[side] = self._index(side)
        return self._held[side]["" if type_ in TEXTS else type_]

    def _index(self, side: str) -> dict[str, list[_Held]]:
        """By type; everything can be given as a text."""
        found: dict[str, list[_Held]] = defaultdict(list)
        for row in self.world.rows.values():
            relation = self.world.catalog.relations[row.relation]
            for column in relation.columns if side in row.writers or not row.writers else ():
                value = row.values.get(column.name)
                if value is not None:
                    held = _Held(relation.table, column.name, column.base, value, column.name in relation.primary)
                    found[column.base].append(held)
                    found[""].append(held)
        return found


def _plain(type_: str, tenant: str, user: str) -> list[str]:
    """Values of a type that fit where nothing is known."""
    fixed: dict[str, list[str]] = {
        **{key: ["1"] for key in ("smallint", "integer", "bigint", "numeric")},
        **{key: ["2031-01-01"] for key in ("date", "timestamp with time zone")},
        "boolean": ["true", "false"],
        "jsonb": ["{}"],
        "json": ["{}"],
        "interval": ["1 day"],
        "text": ["zqx", "%"],
        "character varying": ["zqx"],
        "uuid[]": ["{" + tenant + "}", "{" + user + "}"],
        "text[]": ["{zqx}"],
        "bytea": ["x"],
    }
    return fixed.get(type_, [])
