"""Attacks on a relation by plain statements: read, insert, update, delete, move, upsert, with and without WHERE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...introspection.tenancy import Tenancy, TenancyKind
from ...model.actors import USERS
from ...model.catalog import STORED, Category, Identity, Relation, RelationKind, Write
from ...model.cell import Deed, Operation
from ...model.insertion import insertion
from ...model.outcome import Row
from ...model.sql import Values, literal, quote
from ...planting.composer import reference
from ..base import Context

SELECT, COPY = Operation("SELECT", Deed.READS), Operation("COPY", Deed.READS)
INSERT, UPSERT = Operation("INSERT", Deed.ADDS), Operation("UPSERT", Deed.ADDS)
UPDATE, UPDATE_ALL, UPDATE_RETURNING, MOVE, TAKE = (
    Operation(name, Deed.CHANGES) for name in ("UPDATE", "UPDATE without WHERE", "UPDATE RETURNING", "MOVE", "TAKE")
)
DELETE, DELETE_ALL, DELETE_RETURNING = (
    Operation(name, Deed.REMOVES) for name in ("DELETE", "DELETE without WHERE", "DELETE RETURNING")
)
READS = (SELECT, COPY)
_TELLING = (Category.TEXT, Category.USER)
_PLAIN = (*_TELLING, Category.NUMBER)
_PRIVILEGES = {Deed.READS: "SELECT", Deed.ADDS: "INSERT", Deed.CHANGES: "UPDATE", Deed.REMOVES: "DELETE"}


@dataclass(frozen=True, slots=True)
class Attack:
    """Statements that only something unprotected lets through."""

    operation: Operation
    statements: tuple[str, ...]

    @property
    def privilege(self) -> str:
        """What has to be granted for it."""
        return _PRIVILEGES[self.operation.deed]


class Attacks:
    """Composes the attacks on one relation; they are the same for every attacker of tenant B."""

    def __init__(self, context: Context, relation: Relation) -> None:
        self.context, self.world, self.relation = context, context.world, relation
        self.tenancy = self.world.shape.of.get(relation.name) or self._of_base()
        self.victims, self.own = self._rows("A"), self._rows("B")

    def _of_base(self) -> Tenancy:
        for name in self.relation.reads:
            told = self.world.shape.of.get(name)
            if told and told.kind not in (TenancyKind.NONE, TenancyKind.VIA) and self.relation.column(told.column):
                return told
        return Tenancy(TenancyKind.NONE)

    @property
    def base(self) -> Relation:
        """The relation that stores what is seen here: itself, or what a view reads."""
        if self.relation.kind in STORED:
            return self.relation
        for name in self.relation.reads:
            if name in self.world.catalog.relations and self.world.shape.kind(name) is not TenancyKind.NONE:
                return self.world.catalog.relations[name]
        return next(
            (self.world.catalog.relations[n] for n in self.relation.reads if n in self.world.catalog.relations),
            self.relation,
        )

    def _rows(self, owner: str) -> list[Row]:
        names = {self.base.name, *(c.name for c in self.world.catalog.children(self.base.name))}
        rows = [r for name in sorted(names) for r in self.world.of.get(name, ())]
        if owner == "B":
            return [r for r in rows if "B" in r.writers]
        return [r for r in rows if "B" not in r.writers]

    def all(self) -> Iterator[Attack]:
        """Every attack that this kind of relation admits."""
        yield from self.reads()
        if self.relation.tabular or self.relation.updatable:
            yield from self._inserts()
            yield from self._updates()
            yield from self._deletes()

    def reads(self) -> Iterator[Attack]:
        """SELECT, by column where only some are granted; COPY where raw SQL is allowed."""
        yield Attack(SELECT, (f"select * from {self.relation.sql}",))
        if self.world.config.model == "sql":
            yield Attack(COPY, (f"copy (select * from {self.relation.sql}) to stdout",))
            if self.relation.stores:
                yield Attack(COPY, (f"copy {self.relation.sql} to stdout",))
        if self.relation.column_grants:
            for column in self.relation.columns:
                yield Attack(SELECT, (f"select {quote(column.name)} from {self.relation.sql}",))

    def _fresh(self, given: Values | None = None) -> Values:
        taken = {r.values.get(self.tenancy.column) for r in self.world.of.get(self.base.name, ())}
        alone = self.tenancy.kind is TenancyKind.USER and any(
            k.columns == (self.tenancy.column,) for k in self.base.keys
        )
        free = [u for n in "AMVWR" if (u := USERS[n]).id not in taken] if alone else []
        if self.base.name == self.world.shape.membership:
            shape = self.world.shape
            given = {
                shape.membership_user: self.world.known_as(self.base, shape.membership_user, USERS["W"]),
                shape.membership_tenant: self.world.tenants["A"],
                **(given or {}),
            }
        values = self.context.compose(self.base, free[0] if free else USERS["A"], given)
        return {k: v for k, v in values.items() if self.relation.column(k)}

    def _mixed(self) -> Values:
        """A row of the victim's tenant that names the attacker wherever it names a user."""
        single = [c for c in self._naming_users() if (k := self.base.column(c)) and not k.base.endswith("[]")]
        mine = {c: self.world.known_as(self.base, c, USERS["B"]) for c in single if c != self.tenancy.column}
        return self._fresh(dict(mine)) if mine and self.base.name != self.world.shape.membership else {}

    def _linked(self) -> Values:
        """A row of the victim's tenant that refers to the attacker's rows wherever else it refers to any."""
        given: Values = {}
        for key in self.base.foreign_keys:
            kind = self.world.shape.kind(key.target)
            apart = key.target not in (self.world.shape.users, self.base.name) and kind not in (
                TenancyKind.NONE,
                TenancyKind.MEMBER,
            )
            own = next((r.values for r in self.world.of.get(key.target, ()) if "B" in r.writers), None)
            if apart and own and self.tenancy.column not in key.columns:
                given |= reference(key, own)
        return self._fresh(given) if given else {}

    def _nobodys(self) -> Values:
        """A row without a tenant, where there may be one."""
        column = self.relation.column(self.tenancy.column)
        open_ = column is not None and not column.required and not column.generated
        return (
            self._fresh({self.tenancy.column: None})
            if open_ and self.tenancy.kind in (TenancyKind.USER, TenancyKind.TENANT)
            else {}
        )

    def _inserts(self) -> Iterator[Attack]:
        if self.relation.kind is RelationKind.VIEW and not self.relation.updatable & Write.INSERT:
            return
        if self.base.name == self.world.shape.users:
            return  # a new user is nobody's yet
        values = self._fresh()
        yield Attack(INSERT, (insertion(self.relation, values),))
        yield Attack(INSERT, (insertion(self.relation, self._fresh(), " returning *"),))
        mixed = self._mixed()
        for row in filter(None, (mixed, self._linked(), self._nobodys())):
            yield Attack(INSERT, (insertion(self.relation, row),))
        granted = {c.name for c in self.relation.columns if c.insertable}
        for row in filter(None, (values, mixed)) if granted else ():
            yield Attack(INSERT, (insertion(self.relation, {c: v for c, v in row.items() if c in granted}),))
        small = {
            c: v
            for c, v in values.items()
            if (k := self.base.column(c)) and ((k.required and not k.default) or c == self.tenancy.column)
        }
        if small.keys() != values.keys():
            yield Attack(INSERT, (insertion(self.relation, small),))
        if self.victims and self.own and self.base.primary and self.relation.column(self.base.primary[0]):
            yield from self._upserts()

    def _naming_users(self) -> list[str]:
        """Columns that name users: by foreign key, by what policies compare, or as declared."""
        users, base = self.world.shape.users, self.base
        declared = {c for t, c in self.world.config.also_owner.items() if self.world.catalog.find(t) is base}
        keyed = {c for k in base.foreign_keys if k.target == users for c in k.columns}
        policies = " ".join(e for p in base.policies for e in (p.using, p.check) if e)
        compared = {
            c.name
            for c in base.columns
            if c.base in ("uuid", "uuid[]") and "uid(" in policies and re.search(rf"\b{re.escape(c.name)}\b", policies)
            and not any(c.name in k.columns for k in base.foreign_keys)
        }  # fmt: skip
        names = declared | keyed | compared
        return [c.name for c in self.relation.columns if c.name in names and not c.generated]

    def _joins(self) -> Iterator[Attack]:
        """Write oneself into another tenant's row, as whatever it names beside its tenant."""
        for name in self._naming_users():
            column = self.relation.column(name)
            if column is None or name == self.tenancy.column:
                continue
            known = self.world.known_as(self.base, name, USERS["B"])
            me = f"{{{known}}}" if column.base.endswith("[]") else known
            change = f"update {self.relation.sql} set {quote(name)} = {literal(me)}::{column.type}"
            yield Attack(TAKE, (change,))
            for row in self.victims[:2]:
                if where := self._where(row):
                    yield Attack(TAKE, (f"{change} where {where}",))

    def _upserts(self) -> Iterator[Attack]:
        key = self.base.primary
        column = self._plain()
        if column is None or not all(self.relation.column(k) for k in key):
            return
        victim = self.victims[0].values
        mine = self.context.compose(self.base, USERS["B"], {k: victim.get(k) for k in key})
        mine = {k: v for k, v in mine.items() if self.relation.column(k)}
        stolen: Values = {
            k: v for k, v in victim.items() if v is not None and (c := self.relation.column(k)) and not c.generated
        }
        target, change = ", ".join(map(quote, key)), f"{quote(column)} = excluded.{quote(column)}"
        for values in (mine, stolen):
            statement = f"{insertion(self.relation, values)} on conflict ({target}) do update set {change}"
            yield Attack(UPSERT, (statement,))

    def _plain(self) -> str | None:
        """A column whose change means nothing else."""
        keys = {c for k in self.base.keys for c in k.columns} | {c for k in self.base.foreign_keys for c in k.columns}
        keys |= {self.tenancy.column, *self.base.partition_key}
        free = [c for c in self.relation.columns if not c.generated and c.identity is not Identity.ALWAYS]
        ranked = sorted(free, key=lambda c: (c.name in keys, c.category not in _PLAIN))
        return ranked[0].name if ranked else None

    def _where(self, row: Row) -> str | None:
        key = [k for k in self.base.primary if self.relation.column(k)] or [
            c.name for c in self.relation.columns if c.name in row.values and c.category in _TELLING
        ][:2]
        parts = [f"{quote(k)} = {literal(row.values[k])}" for k in key if row.values.get(k) is not None]
        return " and ".join(parts) or None

    def _updates(self) -> Iterator[Attack]:
        if self.relation.kind is RelationKind.VIEW and not self.relation.updatable & Write.UPDATE:
            return
        name = self.relation.sql
        free = [c.name for c in self.relation.columns if not c.generated and c.identity is not Identity.ALWAYS]
        columns = free if self.relation.column_grants else [c for c in [self._plain()] if c]
        for column in columns:
            yield Attack(UPDATE_ALL, (f"update {name} set {quote(column)} = {quote(column)}",))
            yield Attack(UPDATE_ALL, (f"update {name} set {quote(column)} = default",))
            yield Attack(UPDATE_RETURNING, (f"update {name} set {quote(column)} = {quote(column)} returning *",))
        for column in columns:
            for row in {r.writers: r for r in self.victims}.values():
                if where := self._where(row):
                    yield Attack(UPDATE, (f"update {name} set {quote(column)} = {quote(column)} where {where}",))
            if self.victims:
                kind = self.relation.column(column)
                assert kind is not None
                same = literal(self.victims[0].values.get(column))
                yield Attack(UPDATE_ALL, (f"update {name} set {quote(column)} = {same}::{kind.type}",))
        yield from self._moves()
        yield from self._joins()

    def _moves(self) -> Iterator[Attack]:
        owner = self.relation.column(self.tenancy.column)
        if owner is None or not self.victims:
            return
        owner = self.relation.column(owner.source or owner.name) or owner
        name, mine = self.relation.sql, self.own[0].values.get(owner.name) if self.own else None
        theirs = next((r.values.get(owner.name) for r in self.victims if "A" in r.writers), None)
        if theirs and self.own and (where := self._where(self.own[0])):
            yield Attack(
                MOVE, (f"update {name} set {quote(owner.name)} = {literal(theirs)}::{owner.type} where {where}",)
            )
            yield Attack(MOVE, (f"update {name} set {quote(owner.name)} = {literal(theirs)}::{owner.type}",))
        for row in self.victims[:2]:
            if mine and (where := self._where(row)):
                yield Attack(
                    TAKE, (f"update {name} set {quote(owner.name)} = {literal(mine)}::{owner.type} where {where}",)
                )
        if mine:
            yield Attack(TAKE, (f"update {name} set {quote(owner.name)} = {literal(mine)}::{owner.type}",))

    def _deletes(self) -> Iterator[Attack]:
        if self.relation.kind is RelationKind.VIEW and not self.relation.updatable & Write.DELETE:
            return
        yield Attack(DELETE_ALL, (f"delete from {self.relation.sql}",))
        yield Attack(DELETE_RETURNING, (f"delete from {self.relation.sql} returning *",))
        for row in self.victims:
            if where := self._where(row):
                yield Attack(DELETE, (f"delete from {self.relation.sql} where {where}",))
