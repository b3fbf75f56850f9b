"""Composes rows: what a further row of a user's would hold, so that it refers to his and satisfies the schema."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..config.model import Config
from ..database.clones import Connection
from ..introspection.tenancy import Shape, Tenancy, TenancyKind
from ..model.actors import User
from ..model.canary import identifier, token
from ..model.catalog import Catalog, Category, Column, ForeignKey, Relation, RelationKind
from ..model.sql import Values
from .solver import Solver
from .values import Serials, fresh, states

_DEFAULTED = {Category.MOMENT, Category.BOOLEAN, Category.SPAN, Category.ENUM}
_OWNERS = ("user_id", "owner_id", "created_by")
_KEY = re.compile(r"->>?\s*'(\w+)'")


class Composer(ABC):
    """Knows the rows that there are; ``rows`` holds them by relation and side."""

    def __init__(self, connection: Connection, catalog: Catalog, config: Config, shape: Shape) -> None:
        self.connection, self.catalog, self.config, self.shape = connection, catalog, config, shape
        self.rows: dict[str, dict[str, list[Values]]] = defaultdict(_by_side)
        self.tenants = _tenants(catalog, shape)
        self.promised: dict[tuple[str, str], Values] = {}
        self.found: dict[str, list[Values]] = defaultdict(list)
        """Rows that were there before, and that policies name."""
        self.accounts: dict[str, str] = {}
        """What the application's own table of users calls each user."""
        self._solver = Solver(connection)
        self._serial = Serials(10)

    def __getstate__(self) -> dict[str, Any]:
        """What another process may go on with: all but what hangs on the connection."""
        return {k: v for k, v in vars(self).items() if k not in ("connection", "_solver", "_wire")}

    def use(self, connection: Connection) -> None:
        """Go on with another connection to the same rows."""
        self.connection, self._solver = connection, Solver(connection)

    def compose(self, relation: Relation, user: User, given: Values | None = None) -> Values:
        """A further row of this user's that would fit."""
        given, serial, side = given or {}, next(self._serial), side_of(user)
        values: Values = dict(given)
        self._refer(relation, user, side, values)
        tenancy = self.shape.tenancy(relation.name)
        self._own(relation, tenancy, user, side, values)
        referring = {c for k in relation.foreign_keys for c in k.columns}
        for column in relation.columns:
            if column.name in values or column.generated or (column.name in referring and not column.required):
                continue
            apart = next(self._serial)  # a canary of its own, so that who was told one was told no other
            self._fill(relation, column, user, apart, values)
            if column.base == "oid" and column.name not in referring:
                values[column.name] = self._stored_apart(user, apart)
        for key in relation.foreign_keys:
            if key.target == relation.name and required(relation, key.columns):
                values |= {c: v for c, v in reference(key, values).items() if c not in given}
        owner = tenancy.column if tenancy.kind is not TenancyKind.MEMBER else ""
        held = self._held(relation, tenancy, given, values)
        values = self._solver.fitted(self._leaf(relation), values, held, owner, user.side, serial)
        return {k: v for k, v in values.items() if v is not None or k in given}

    def _stored_apart(self, user: User, serial: int) -> str:
        """The number of a new large object that holds a canary."""
        mark = token(user.side, serial)
        row = self.connection.execute("select lo_from_bytea(0, %s)::text", (mark.encode(),)).fetchone()
        assert row is not None
        return str(row[0])

    def _leaf(self, relation: Relation) -> Relation:
        """Where a row of a partitioned table comes to lie: its first partition that holds any."""
        children = self.catalog.children(relation.name) if relation.kind is RelationKind.PARTITIONED else []
        return self._leaf(children[0]) if children else relation

    def _held(self, relation: Relation, tenancy: Tenancy, given: Values, values: Values) -> dict[str, list[str | None]]:
        """The columns that mean something, and what else each may be."""
        owner = tenancy.column if tenancy.kind is not TenancyKind.MEMBER else ""  # a tenant may be called anything
        held: dict[str, list[str | None]] = {owner: []} if owner in values else {}
        for key in relation.foreign_keys:
            for name in key.columns:
                column = relation.column(name)
                held[name] = [] if column is None or column.required or name == tenancy.column else [None]
        return held | {name: [] for name in given}

    def _fill(self, relation: Relation, column: Column, user: User, serial: int, values: Values) -> None:
        told = states(relation, column, self.catalog)
        plain = bool(told) or column.category in _DEFAULTED or column.base.endswith("[]")
        if column.default and not column.identity and plain:
            return
        if told and not column.required and column.category is Category.MOMENT:
            return
        values[column.name] = told[0] if told else fresh(column, user.side, serial)
        if column.base in ("json", "jsonb") and (keys := _KEY.findall(" ".join(relation.triggers))):
            mark = token(user.side, serial)
            values[column.name] = json.dumps({"zq": mark, **dict.fromkeys(keys, mark)})

    def _refer(self, relation: Relation, user: User, side: str, values: Values) -> None:
        """Point every foreign key at a row of the same side."""
        tenancy = self.shape.tenancy(relation.name)
        tenant = tenancy.column if tenancy.kind is TenancyKind.TENANT else ""
        for key in sorted(relation.foreign_keys, key=lambda k: (k.columns != (tenant,), -len(k.columns))):
            if key.target in (self.shape.users, self.shape.accounts) and len(key.columns) == 1:
                values.setdefault(key.columns[0], self.known_as(relation, key.columns[0], user))
            elif key.target != relation.name and (parent := self._parent(relation, key, user, side, values)):
                for column, value in reference(key, parent).items():
                    values.setdefault(column, value)

    def _parent(self, relation: Relation, key: ForeignKey, user: User, side: str, values: Values) -> Values | None:
        rows = [*self.present(key.target, side), *self.found[key.target]]
        if not rows and not self._tenanted(key.target):
            rows = self.present(key.target, "A")
        pairs = list(zip(key.columns, key.target_columns, strict=True))
        fitting = [r for r in rows if all(values.get(c, r.get(t)) == r.get(t) for c, t in pairs)]
        fitting = self._agreeing(relation, key, fitting, values)
        for name, target in pairs:
            column = relation.column(name)
            told = states(relation, column, self.catalog) if column else []
            fitting = [r for r in fitting if r.get(target) in told] or fitting
        owner = self.shape.tenancy(key.target)
        if owner.kind is TenancyKind.USER and (at := self.catalog.relations.get(key.target)):
            known = self.known_as(at, owner.column, user)
            fitting = [r for r in fitting if owner.held(r) == known] or fitting
        return fitting[0] if fitting else self.missing_parent(relation, key, user, values)

    def known_as(self, relation: Relation, column: str, user: User) -> str:
        """What this column calls a user: his id, or the key of his row in the application's own table of users."""
        named = self.shape.names_account(relation, column)
        return self.accounts.get(user.name, user.id) if named else user.id

    def _agreeing(self, relation: Relation, key: ForeignKey, rows: Sequence[Values], values: Values) -> list[Values]:
        """The rows that are of the tenant that this row names, where both name one: nobody refers across tenants."""
        mine, theirs = self.shape.tenancy(relation.name), self.shape.tenancy(key.target)
        tenant = mine.held(values) if mine.kind is TenancyKind.TENANT else None
        if tenant is None or theirs.kind is not TenancyKind.TENANT or mine.column in key.columns:
            return list(rows)
        return [r for r in rows if theirs.held(r) == tenant]

    @abstractmethod
    def missing_parent(self, relation: Relation, key: ForeignKey, user: User, values: Values) -> Values | None:
        """What to refer to where no row fits."""

    def _tenanted(self, name: str) -> bool:
        return self.shape.kind(name) is not TenancyKind.NONE

    def present(self, name: str, side: str) -> list[Values]:
        """Rows of a side, those included that lie in partitions."""
        return [r for n in (name, *(c.name for c in self.catalog.children(name))) for r in self.rows[n][side]]

    def _own(self, relation: Relation, tenancy: Tenancy, user: User, side: str, values: Values) -> None:
        if tenancy.column in values:
            return
        owner = owner_of(tenancy, user, self.tenants[side])
        if tenancy.kind is TenancyKind.USER:
            owner = self.known_as(relation, tenancy.column, user)
        column = relation.column(tenancy.column)
        if owner is not None and tenancy.key:
            values[tenancy.column] = json.dumps({tenancy.key: owner, "zq": token(user.side, next(self._serial))})
            return
        if owner is not None and column is not None and column.source:
            key = _KEY.search(column.default or "")
            mark = token(user.side, next(self._serial))
            values.setdefault(column.source, json.dumps({key[1]: owner, "zq": mark}) if key else owner)
        elif owner is not None:
            values[tenancy.column] = owner
        elif tenancy.kind is TenancyKind.PATTERN:
            values[tenancy.column] = self._pattern(tenancy, user, f"zq{user.side}{next(self._serial):05d}")
        for column in relation.columns:
            if column.base == "uuid" and column.name in _OWNERS and tenancy.kind is not TenancyKind.NONE:
                values.setdefault(column.name, user.id)

    def _pattern(self, tenancy: Tenancy, user: User, rest: str) -> str:
        names = {"{tenant}": self.tenants[side_of(user)], "{user}": user.id, "{email}": user.email}
        filled = tenancy.detail
        for name, value in names.items():
            filled = filled.replace(name, value)
        return filled.replace("...", f"{rest}.png").replace("*", rest)


def owner_of(tenancy: Tenancy, user: User, tenant: str) -> str | None:
    """What the tenant column of a user's row holds, where that is the same for all of his rows."""
    address = user.email.partition("@")[2] if "domain" in tenancy.column else user.email
    return {"user": user.id, "email": address, "tenant": tenant}.get(tenancy.kind)


def _by_side() -> dict[str, list[Values]]:
    return defaultdict(list)


def _tenants(catalog: Catalog, shape: Shape) -> dict[str, str]:
    """What names the tenants where no table of tenants does, in the type of the columns that hold it."""
    held = (
        column
        for name, tenancy in shape.of.items()
        if tenancy.kind is TenancyKind.TENANT and name in catalog.relations
        for column in [catalog.relations[name].column(tenancy.column)]
        if column is not None
    )
    column = next(held, None)
    short = column is not None and column.length is not None and column.length < len(identifier("a", 2))
    if column is None or (column.category is not Category.NUMBER and not short):
        return {side: identifier(side.lower(), 2) for side in "AB"}
    if column.base in ("smallint", "numeric"):
        return {"A": "201", "B": "202"}
    return {side: fresh(column, side.lower(), 2) or "" for side in "AB"}


def side_of(user: User) -> str:
    """Whose rows a user's lie among: everybody but B is on A's side."""
    return user.name if user.name in "AB" else "A"


def reference(key: ForeignKey, parent: Values) -> Values:
    """The columns of a foreign key, pointed at a row."""
    return {c: parent.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)}


def required(relation: Relation, columns: Sequence[str]) -> bool:
    """Whether one of these columns may not be left out."""
    return any((c := relation.column(name)) is not None and c.required and not c.default for name in columns)
