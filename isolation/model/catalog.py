"""What is in the database: relations, keys, policies, routines, triggers, sequences and roles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Any

from .sql import qualified


class RelationKind(StrEnum):
    """What a relation is."""

    TABLE = "table"
    PARTITIONED = "partitioned table"
    VIEW = "view"
    MATERIALIZED = "materialized view"
    FOREIGN = "foreign table"


class RoutineKind(StrEnum):
    """How a routine is called."""

    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"


class Command(StrEnum):
    """What a policy is for."""

    ALL = "all"
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class OnDelete(StrEnum):
    """What becomes of a row when the one that it refers to goes."""

    NOTHING = "no action"
    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set null"
    SET_DEFAULT = "set default"


class Identity(StrEnum):
    """Whether the database numbers a column, and whether a row may bring its own number."""

    NONE = ""
    ALWAYS = "always"
    BY_DEFAULT = "by default"


class Category(StrEnum):
    """What kind of values a type holds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    SPAN = "span"
    ENUM = "enum"
    ARRAY = "array"
    USER = "user-defined"
    OTHER = "other"


class Write(IntFlag):
    """Which statements a relation takes, as the database says of views."""

    NONE = 0
    UPDATE = 4
    INSERT = 8
    DELETE = 16


TABLES = frozenset((RelationKind.TABLE, RelationKind.PARTITIONED))
STORED = TABLES | {RelationKind.FOREIGN}
VIEWS = frozenset((RelationKind.VIEW, RelationKind.MATERIALIZED))


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `base` is the type under any domain, `labels` the enum's."""

    name: str
    type: str
    base: str
    category: Category
    required: bool
    default: str | None
    identity: Identity
    generated: bool
    labels: tuple[str, ...]
    domain_checks: tuple[str, ...]
    length: int | None
    precision: int | None
    scale: int | None
    fields: tuple[str, ...] = ()
    insertable: bool = False
    """Whether INSERT was granted for this column by itself."""

    @property
    def source(self) -> str | None:
        """The column that a generated one takes its value from, as far as its expression begins with one."""
        found = re.search(r"(?<![\w'.(])\(*\"?([a-z_]\w*)\b(?!\s*\()", self.default or "") if self.generated else None
        return found[1] if found else None

    @property
    def surrogate(self) -> bool:
        """Whether the database draws its values: they are no secret."""
        return bool(self.identity) or "nextval(" in (self.default or "") or self.base == "uuid"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns of a relation that name a row of another."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: OnDelete


@dataclass(frozen=True, slots=True)
class Key:
    """A unique key, or an exclusion constraint; `columns` are all that it reads."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    exclusion: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint of a relation."""

    name: str
    columns: tuple[str, ...]
    expression: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A row security policy with its expressions as SQL."""

    name: str
    command: Command
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, partition, view, materialized view or foreign table; `name` is `schema.relation`."""

    oid: int
    name: str
    schema: str
    table: str
    kind: RelationKind
    owner: str
    row_security: bool
    forced: bool
    options: tuple[str, ...]
    parents: tuple[str, ...]
    bound: str | None
    partition_key: tuple[str, ...]
    updatable: Write
    definition: str | None
    columns: tuple[Column, ...]
    column_grants: bool
    foreign_keys: tuple[ForeignKey, ...]
    keys: tuple[Key, ...]
    checks: tuple[Check, ...]
    policies: tuple[Policy, ...]
    reads: tuple[str, ...]
    triggers: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The relation's name, quoted."""
        return qualified(self.schema, self.table)

    @property
    def platform(self) -> bool:
        """Whether it is the platform's, not the application's."""
        return self.schema in ("auth", "storage", "realtime")

    @property
    def tabular(self) -> bool:
        """Whether policies can stand between a role and its rows: a table, or a partitioned one."""
        return self.kind in TABLES

    @property
    def stores(self) -> bool:
        """Whether rows lie here (a table or a partition that is not itself partitioned)."""
        return self.kind is RelationKind.TABLE

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def primary(self) -> tuple[str, ...]:
        """The columns that name a row: the primary key, else a unique one, else nothing."""
        keys = sorted((k for k in self.keys if not k.exclusion), key=lambda k: not k.primary)
        return keys[0].columns if keys else ()


@dataclass(frozen=True, slots=True)
class Argument:
    """What a routine takes; `pseudo` types are no types of values."""

    name: str
    type: str
    pseudo: bool


@dataclass(frozen=True, slots=True)
class Routine:
    """A function, procedure or aggregate that can be called with values."""

    oid: int
    name: str
    schema: str
    routine: str
    kind: RoutineKind
    language: str
    arguments: tuple[Argument, ...]
    definer: bool
    leakproof: bool
    owner: str
    settings: tuple[str, ...]
    source: str
    definition: str
    returns: str
    variadic: bool
    defaults: int
    executors: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The routine's name, quoted, without arguments."""
        return qualified(self.schema, self.routine)

    @property
    def signature(self) -> str:
        """`schema.routine(types)`."""
        return f"{self.name}({', '.join(a.type for a in self.arguments)})"


@dataclass(frozen=True, slots=True)
class NumberSequence:
    """A sequence."""

    name: str
    schema: str
    sequence: str

    @property
    def sql(self) -> str:
        """The sequence's name, quoted."""
        return qualified(self.schema, self.sequence)


@dataclass(frozen=True, slots=True)
class Catalog:
    """One database as read; everything by its qualified name."""

    relations: Mapping[str, Relation]
    routines: tuple[Routine, ...]
    sequences: tuple[NumberSequence, ...]
    trigger_sources: Mapping[str, str]
    sources: Mapping[int, str]
    roles: Mapping[str, Mapping[str, Any]]
    specific_grants: Mapping[str, tuple[tuple[str, str], ...]]
    held: Mapping[tuple[str, str], frozenset[str]]
    """By role and relation: SELECT, INSERT, UPDATE, DELETE, as far as the role holds them, for a column at least."""
    version: int
    texts: str = field(default="")

    def may(self, role: str, relation: Relation, privilege: str) -> bool:
        """Whether the role holds a privilege on a relation, or on a column of it."""
        return privilege in self.held.get((role, relation.name), ())

    def find(self, written: str) -> Relation | None:
        """A relation by `schema.name` or by a bare name in `public` or anywhere."""
        name = written.replace('"', "")
        if name in self.relations:
            return self.relations[name]
        return self.relations.get(f"public.{name}") or next(
            (r for r in self.relations.values() if r.table == name and "." not in name), None
        )

    def children(self, name: str) -> list[Relation]:
        """Partitions of, and relations that inherit from, this one."""
        return [r for r in self.relations.values() if name in r.parents]
