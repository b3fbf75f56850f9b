"""Arguments for routines: what a tenant's rows hold under a name that fits, likeliest first."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ...introspection.texts import compared, compared_in
from ...model.actors import USERS
from ...model.catalog import Relation, Routine
from ...model.outcome import Row
from ...planting.dataset import Dataset
from ...planting.values import constants

TEXTS = ("text", "character varying")
_OPAQUE = ("bytea",)
KEYS = ("uuid", "bigint", "integer")
NAMESAKES, FEW = 8, 4
NOBODYS = "00000000-0000-4000-8000-0000f0e5b0d1"
"""An identifier that no row has, for what is yet to be made."""
_KEY = re.compile(r"(?:->>?|#>>?|\?)\s*'\{?(\w+)\}?'")
_INSERTS = re.compile(r"\binsert\s+into\b", re.I)
_EXECUTES = re.compile(r"\bexecute\b", re.I)
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

    def __init__(self, world: Dataset) -> None:
        self.world = world
        self._held: dict[str, dict[str, list[_Held]]] = {}
        self._known: dict[tuple[str, str, int, str], list[str | None]] = {}

    def of(self, name: str, type_: str, routine: Routine, side: str) -> list[str | None]:
        """Values for an argument of a routine that names what is this side's; worked out once."""
        at = (name, type_, routine.oid, side)
        if at not in self._known:
            self._known[at] = self._of(name, type_, routine, side)
        return self._known[at]

    def _of(self, name: str, type_: str, routine: Routine, side: str) -> list[str | None]:
        plain = _SUFFIX.sub("", _PREFIX.sub("", name.lower())).strip("_")
        found = self._named(name.lower(), plain, type_, side)
        found = list(dict.fromkeys([*self._compared(name, type_, routine, side), *found]))
        tenant, user = self.world.tenants[side], USERS[side]
        if _TENANT.search(plain) and type_ in (*TEXTS, *KEYS):
            found.insert(0, tenant)
        elif _USER.search(name.lower()) and type_ in ("uuid", "text"):
            found.insert(0, user.id)
        elif type_ == "uuid":
            found += [tenant, user.id]
        if type_ == "uuid" and _INSERTS.search(routine.source):
            found.insert(1, NOBODYS)
        if "email" in name.lower():
            found.insert(0, user.email)
        if type_ in TEXTS:
            found += [v for v in constants(routine.source) if 0 < len(v) < 30][:4]
            found += self._spliced(routine)
        elif type_ in ("json", "jsonb"):
            found = self._objects(routine, side)
        elif type_.endswith("[]"):
            found = self._lists(name, type_.removesuffix("[]"), routine, side)
        elif relation := self.world.catalog.find(type_):
            found = [_record([row.values.get(c.name) for c in relation.columns]) for row in self._rows(relation, side)]
        values: list[str | None] = [*found, *_plain(type_, tenant, user.id)]
        if name and re.search(rf"\b{re.escape(name)}\s+is\s+null\b", routine.source, re.I):
            values.insert(1, None)
        return list(dict.fromkeys(values)) or [None]

    def _compared(self, name: str, type_: str, routine: Routine, side: str) -> list[str]:
        """What lies in the columns that the routine's text compares the argument with."""
        position = next((n for n, a in enumerate(routine.arguments, 1) if a.name == name), 0)
        found = compared_in(routine.source, routine.definition, routine.language)
        columns = compared(found, name, position)
        tables = {r.table for r in self._read(routine)} if columns else set()
        values = (h.value for h in self._of_type(type_, side) if h.column in columns and h.table in tables)
        return list(dict.fromkeys(values))[:FEW]

    def _rows(self, relation: Relation, side: str) -> list[Row]:
        return [r for r in self.world.of.get(relation.name, ()) if side in r.writers][:FEW]

    def _read(self, routine: Routine) -> list[Relation]:
        """The relations that a routine's text names."""
        stored = [r for r in self.world.stored if r.name in self.world.of]
        return [r for r in stored if re.search(rf"\b{re.escape(r.table)}\b", routine.source)]

    def _lists(self, name: str, base: str, routine: Routine, side: str) -> list[str]:
        """Each identifier in a list of its own, and all of them in one."""
        single = "" if base == "json" else re.sub(r"s$", "", name)
        values = [v for v in self.of(single, base, routine, side)[: 2 * NAMESAKES] if v is not None]
        return [_array(values), *(_array([v]) for v in values)]

    def _objects(self, routine: Routine, side: str) -> list[str]:
        """Objects with the keys that the routine's text reads, and rows as objects."""
        keys = list(dict.fromkeys(k for k in _KEY.findall(routine.source)))
        held = {k: [v for v in self._key(k, routine, side) if v is not None] for k in keys}
        longest = max(map(len, held.values()), default=0)
        told = [{k: v[n % len(v)] for k, v in held.items() if v} for n in range(min(longest, NAMESAKES))]
        rows = [dict(r.values) for relation in self._read(routine) for r in self._rows(relation, side)]
        flags = {c.name: "true" for relation in self._read(routine) for c in relation.columns if c.base == "boolean"}
        rows += [{**row, **flags} for row in rows[:1] if flags]
        lists = [[o] for o in told[:2]] if "array" in routine.source else []
        return [json.dumps(o) for o in (*told, *rows, *lists)]

    def _key(self, key: str, routine: Routine, side: str) -> list[str | None]:
        """What a key of a document may hold: a document within it holds what rows do, and nothing made up."""
        type_ = self._type(key)
        if type_ in ("json", "jsonb"):
            values = [h.value for h in self._of_type(type_, side) if h.column == key.lower()]
            return [*values[:FEW]] or ["{}"]
        return self.of(key, type_, routine, side)

    def _type(self, key: str) -> str:
        """An identifier is likely a uuid, or whatever the column of that name is."""
        columns = [c for r in self.world.stored for c in r.columns if c.name == key.lower()]
        return columns[0].base if columns else "uuid" if re.search(r"id$", key, re.I) else "text"

    def _spliced(self, routine: Routine) -> list[str]:
        """What becomes SQL where the routine runs a text that it puts together: names, and all rows as an error."""
        if not _EXECUTES.search(routine.source):
            return []
        read = self._read(routine) or [r for r in self.world.stored if r.name in self.world.of]
        names = [n for r in read[:FEW] for n in (*(c.name for c in r.columns[:2]), r.table)]
        told = [f"(select string_agg(t::text, ' ') from {r.sql} t)::int" for r in read[:FEW]]
        return [*names, *(f"' || {t} || '" for t in told), *told]

    def _named(self, name: str, plain: str, type_: str, side: str) -> list[str]:
        exact, keys = list[str](), list[str]()
        wanted = {name.removeprefix("p_"), plain}
        for held in self._of_type(type_, side):
            namesake = plain and held.table.rstrip("s") == plain.rstrip("s") and held.key
            if held.column in wanted or namesake or (type_ in _OPAQUE and not exact):
                exact.insert(0, held.value)
            elif (
                (type_ in KEYS and held.key)
                or type_ == "oid"
                or (type_ in TEXTS and len(plain) > 3 and plain in held.column)
            ):
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


def _array(values: Sequence[str]) -> str:
    quoted = ('"' + v.replace("\\", r"\\").replace('"', r"\"") + '"' for v in values)
    return "{" + ",".join(quoted) + "}"


def _record(values: Sequence[str | None]) -> str:
    quoted = ("" if v is None else '"' + v.replace("\\", r"\\").replace('"', '""') + '"' for v in values)
    return "(" + ",".join(quoted) + ")"


def _plain(type_: str, tenant: str, user: str) -> list[str]:
    """Values of a type that fit where nothing is known."""
    fixed: dict[str, list[str]] = {
        **{key: ["1"] for key in ("smallint", "integer", "bigint", "numeric")},
        **{key: ["2031-01-01", "1999-01-01"] for key in ("date", "timestamp with time zone")},
        "boolean": ["true", "false"],
        "jsonb": ["{}"],
        "json": ["{}"],
        "interval": ["1 day"],
        "text": ["zqx", "%"],
        "character varying": ["zqx"],
        "anyelement": [tenant],
        "uuid[]": ["{" + tenant + "}", "{" + user + "}"],
        "text[]": ["{zqx}"],
        "bytea": ["x"],
    }
    return fixed.get(type_, [])
