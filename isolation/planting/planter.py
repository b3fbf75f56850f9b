"""Plants rows of two tenants in every relation, in foreign-key order, satisfying whatever the schema demands."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator

import psycopg

from ..config.model import Config
from ..database.clones import Connection
from ..introspection.tenancy import Shape, TenancyKind
from ..model.actors import USERS, User
from ..model.catalog import Catalog, Category, ForeignKey, Relation, RelationKind
from ..model.sql import Values, flat, literal, quote
from .composer import reference
from .inserter import TRANSACTION, Bracket, Inserter, Unplanted
from .values import constants, states

VARIANTS, REMOVED = 14, ("R", "Q", "P")
OPEN_KINDS = (TenancyKind.USER, TenancyKind.TENANT, TenancyKind.EMAIL)
Planted = Callable[[int, int], None]
"""Told how many of how many relations have rows."""
_ENDS = re.compile(r"^(expires|valid_until|ends|access_until|expired)(_at|_on)?$")
_GONE = re.compile(r"^(deleted|removed|revoked|left)_at$")


class Planter(Inserter):
    """Plants, and can afterwards compose further rows of either side that would fit."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        config: Config,
        shape: Shape,
        bracket: Bracket = TRANSACTION,
    ) -> None:
        super().__init__(connection, catalog, config, shape, bracket)
        self.removed: tuple[str, ...] = REMOVED[:1]
        self.activity = config.active_membership or self._inferred_activity()

    def _inferred_activity(self) -> str | None:
        relation = self.catalog.relations.get(self.shape.membership or "")
        for column in relation.columns if relation else ():
            if not re.search(rf"\b{column.name}\b", self.catalog.texts):
                continue
            if column.base == "boolean" and column.name in ("is_active", "active"):
                return quote(column.name)
            if column.name == "status" and relation and "active" in states(relation, column, self.catalog):
                return "status = 'active'"
            if _GONE.match(column.name):
                return f"{column.name} is null"
            if _ENDS.match(column.name):
                return f"({column.name} is null or {column.name} > now())"
        return None

    def plant(self, progress: Planted | None = None) -> None:
        """Plant everything; what fails is listed in ``unplanted``."""
        self._plant_users()
        for number, relation in enumerate(self._ordered()):
            if progress:
                progress(number, len(self.catalog.relations))
            if relation.name in (self.shape.users, self.shape.accounts):
                continue
            if not relation.stores and relation.kind is not RelationKind.FOREIGN:
                continue
            if relation.name == self.shape.membership:
                self._plant_memberships(relation)
            elif relation.stores:
                self._plant_relation(relation)
            self._note_tenants(relation)
        self._close_cycles()
        self.planted = True
        if re.search(r"\bpg_stat(s|istic)", self.catalog.texts):
            self.connection.execute("analyze")  # what is gathered holds values
        for relation in self.catalog.relations.values():
            if relation.kind is RelationKind.MATERIALIZED:
                self._refresh(relation)
            elif relation.kind is RelationKind.PARTITIONED and not self.catalog.children(relation.name):
                self.unplanted.append(Unplanted(relation.name, "it has no partition that could hold a row"))

    def _close_cycles(self) -> None:
        """Point each side's first row at what was planted later; fulfil what was promised and never came."""
        for (name, side), _ in list(self.promised.items()):
            self.insert(self.catalog.relations[name], USERS[side], {})
        for relation in self.catalog.relations.values():
            for key in relation.foreign_keys if relation.stores and relation.primary else ():
                if key.target != relation.name:
                    for side in "AB":
                        self._point(relation, key, side)

    def _point(self, relation: Relation, key: ForeignKey, side: str) -> None:
        rows, parents = self.rows[relation.name][side], self.present(key.target, side)
        open_ = [c for c in key.columns if rows and rows[0].get(c) is None]
        if open_ and parents:
            self.amend(
                relation, USERS[side], rows[0], {c: v for c, v in reference(key, parents[0]).items() if c in open_}
            )

    def _refresh(self, relation: Relation) -> None:
        try:
            self.connection.execute(f"refresh materialized view {relation.sql}")
        except psycopg.Error as error:
            self.unplanted.append(Unplanted(relation.name, f"cannot be refreshed: {_said(error)}"))

    def _plant_users(self) -> None:
        relation = self.catalog.relations.get(self.shape.users or "")
        for user in USERS.values() if relation else ():
            assert relation is not None
            given: Values = {self.shape.of[relation.name].column: user.id}
            if relation.column("email"):
                given["email"] = user.email
            self.insert(relation, user, given)
        self._plant_accounts()

    def _plant_accounts(self) -> None:
        """A row of each user in the application's own table of users, and what it calls him."""
        relation = self.catalog.relations.get(self.shape.accounts or "")
        for user in USERS.values() if relation else ():
            assert relation is not None
            chosen: Values = {self.shape.account_user: user.id}
            row = self.insert(relation, user, chosen) or self.insert(relation, user, chosen, asleep=True)
            if row and (known := row.get(self.shape.account_key)):
                self.accounts[user.name] = known

    def _ordered(self) -> Iterator[Relation]:
        """Referenced relations first; a cycle is cut where it is met."""
        done: set[str] = set()

        def visit(relation: Relation) -> Iterator[Relation]:
            if relation.name in done:
                return
            done.add(relation.name)
            for key in relation.foreign_keys:
                if key.target in self.catalog.relations:
                    yield from visit(self.catalog.relations[key.target])
            yield relation

        for relation in self.catalog.relations.values():
            yield from visit(relation)

    def _note_tenants(self, relation: Relation) -> None:
        """The first row of what members belong to names the tenant."""
        membership = self.catalog.relations.get(self.shape.membership or "")
        key = (
            next((k for k in membership.foreign_keys if k.columns[0] == self.shape.membership_tenant), None)
            if membership
            else None
        )
        tenancy = self.shape.of.get(relation.name)
        leads = key is not None and key.target == relation.name
        if not leads and not (tenancy and tenancy.kind is TenancyKind.MEMBER):
            leads = membership is None and any(
                of.kind is TenancyKind.TENANT and k.target == relation.name and k.columns == (of.column,)
                for r in self.catalog.relations.values()
                for k in r.foreign_keys
                for of in [self.shape.tenancy(r.name)]
            )
            if not leads:
                return
        column = (
            key.target_columns[0]
            if key and key.target == relation.name
            else (
                tenancy.column if tenancy and tenancy.kind is TenancyKind.MEMBER else (relation.primary or ("id",))[0]
            )
        )
        for side in "AB":
            rows = self.rows[relation.name][side]
            if rows and rows[0].get(column):
                self.tenants[side] = str(rows[0][column])

    def _plant_memberships(self, relation: Relation) -> None:
        tenant_column = self.shape.membership_tenant
        key = next((k for k in relation.foreign_keys if k.columns[0] == tenant_column), None)
        for side in "AB":
            tenants = (
                [r[key.target_columns[0]] for r in self.present(key.target, side)] if key else [self.tenants[side]]
            )
            for number, tenant in enumerate(tenants):
                alone = number > 0 and relation.name in self.shape.single
                members = [(side if not alone else "W", "owner", True)]
                if side == "A" and number == 0:
                    members += [("M", "member", True), ("V", "member", True)]
                    self._plant_removed(relation, tenant)
                for name, role, active in members:
                    self._join(relation, tenant, USERS[name], role, self.standing(relation, active))

    def _plant_removed(self, relation: Relation, tenant: str | None) -> None:
        """Members who are none any more, each by one mark alone."""
        marks = self._marks(relation)[: len(REMOVED)]
        self.removed = REMOVED[: len(marks)] or self.removed
        for name, state in zip(REMOVED, marks, strict=False):
            self._join(relation, tenant, USERS[name], "member", state)

    def _marks(self, relation: Relation) -> list[Values]:
        """State values that make a membership not count, each in one column alone where that is possible."""
        active, any_ = self.standing(relation, True), self.standing(relation, False)
        alone = [s for s in self._standings(relation, False) if active and sum(s[c] != active[c] for c in s) == 1]
        by_column = {next(c for c in s if active and s[c] != active[c]): s for s in reversed(alone)}
        return [*reversed(by_column.values())] or ([any_] if any_ is not None else [])

    def _join(self, relation: Relation, tenant: str | None, user: User, role: str, state: Values | None) -> None:
        given: Values = {
            self.shape.membership_tenant: tenant,
            self.shape.membership_user: self.known_as(relation, self.shape.membership_user, user),
        }
        for column in relation.columns:
            if re.search("role", column.name) and role in (found := states(relation, column, self.catalog)) and found:
                given[column.name] = role
        if state is None:
            return
        self.insert(relation, user, given | state)

    def standing(self, relation: Relation, active: bool) -> Values | None:
        """State values that make a membership count, or not count; None where none can."""
        if self.activity is None:
            return {} if active else None
        return next(self._standings(relation, active), None)

    def _standings(self, relation: Relation, active: bool) -> Iterator[Values]:
        if self.activity is None:
            return
        columns = [c for c in relation.columns if re.search(rf"\b{c.name}\b", self.activity)]
        choices = []
        for column in columns:
            told: list[str | None] = (
                [*states(relation, column, self.catalog), *constants(self.activity)]
                if column.base != "boolean"
                else ["true", "false"]
            )
            if column.base.startswith(("timestamp", "date")):
                told = [*([] if column.required else [None]), "2061-01-01", "2001-01-01"]
            elif column.base in ("text", "character varying"):
                told = [*told, "revoked"]
            choices.append(list(dict.fromkeys(told)))
        for combination in itertools.product(*choices):
            values = dict(zip([c.name for c in columns], combination, strict=True))
            record = f"jsonb_populate_record(null::{relation.sql}, {literal(json.dumps(values))})"
            query = f"select ({self.activity}) from {record} as {quote(relation.table)}"
            try:
                row = self.connection.execute(query).fetchone()
            except psycopg.Error:
                if active:
                    yield {}
                return
            if row and bool(row[0]) == active:
                yield values

    def _expect(self, relation: Relation) -> None:
        """The rows of a shared list that policies name by their key, planted or found."""
        for child in self.catalog.relations.values():
            for key in child.foreign_keys:
                column = child.column(key.columns[0]) if key.target == relation.name else None
                for value in states(child, column, self.catalog) if column else ():
                    self._have(relation, key.target_columns[0], value)

    def _have(self, relation: Relation, name: str, value: str | None) -> None:
        query = f"select to_jsonb(t)::text from {relation.sql} t where {quote(name)}::text = {literal(value)}"
        if row := self.connection.execute(query).fetchone():
            nobodys = self.shape.kind(relation.name) is TenancyKind.NONE
            (self.rows[relation.name]["A"] if nobodys else self.found[relation.name]).append(flat(row[0]))
        else:
            before = len(self.unplanted)
            self.insert(relation, USERS["A"], {name: value})
            del self.unplanted[before:]

    def _plant_relation(self, relation: Relation) -> None:
        self._expect(relation)
        base = self.insert(relation, USERS["A"], {}) or self.insert(relation, USERS["A"], {}, asleep=True)
        self.insert(relation, USERS["B"], {}) or self.insert(relation, USERS["B"], {}, asleep=True)
        if base is None and not self.present(relation.name, "A"):
            return
        for variant in itertools.islice(
            self._variants(relation, base or self.present(relation.name, "A")[0]), VARIANTS
        ):
            before = len(self.unplanted)
            for user in self._owners_left(relation):
                if self.insert(relation, USERS[user], variant):
                    break
            del self.unplanted[before:]

    def _with_tenant(self, relation: Relation, key: ForeignKey, parent: Values) -> Values:
        """A reference to a row, and to its tenant where both name one."""
        mine, theirs = self.shape.tenancy(relation.name), self.shape.tenancy(key.target)
        tenant = theirs.held(parent)
        both = mine.kind is theirs.kind is TenancyKind.TENANT and not mine.key and mine.column not in key.columns
        return {**({mine.column: tenant} if both and tenant else {}), **reference(key, parent)}

    def _owners_left(self, relation: Relation) -> list[str]:
        """Who may own one more row: nobody a second one where policies read one row for a caller."""
        if relation.name not in self.shape.single:
            return ["A", "M", "V", "W"]
        tenancy = self.shape.tenancy(relation.name)
        held = {tenancy.held(r) for side in self.rows[relation.name].values() for r in side}
        return [n for n in "AMVW" if self.known_as(relation, tenancy.column, USERS[n]) not in held]

    def _variants(self, relation: Relation, base: Values) -> Iterator[Values]:
        """One change at a time, then all states at their last value; and one row that nothing refers to."""
        tenancy = self.shape.of[relation.name]
        dimensions: dict[str, list[str | None]] = {}
        for column in relation.columns:
            if column.name == tenancy.column or any(column.name in k.columns for k in relation.foreign_keys):
                continue
            dimensions[column.name] = [v for v in states(relation, column, self.catalog) if v != base.get(column.name)]
        yield {}
        if tenancy.kind is TenancyKind.PATTERN:
            inner = (USERS["B"].id, self.tenants["B"])
            for rest in dict.fromkeys((*inner, *(f"{i}/{next(self._serial)}" for i in inner))):
                yield {tenancy.column: self._pattern(tenancy, USERS["A"], rest)}
        if any(dimensions.values()):
            yield {c: v[-1] for c, v in dimensions.items() if v}
            yield {c: v[0] for c, v in dimensions.items() if v}
        share = next(
            (
                s.split(".")
                for s in self.config.shared_through.values()
                if self.catalog.find(s.split(".")[0]) is relation
            ),
            None,
        )
        if share:
            yield {share[1]: USERS["B"].id}
        for key in relation.foreign_keys:
            if key.target not in (self.shape.users, relation.name):
                for parent in self.present(key.target, "A")[1:7]:
                    yield self._with_tenant(relation, key, parent)
        policies = " ".join(e for p in relation.policies for e in (p.using, p.check) if e)
        for column in relation.columns:
            if not column.required and _unset(column.name, bool(dimensions.get(column.name)), policies):
                yield {column.name: None}
            if "email" in column.name and column.category is Category.TEXT and column.name != tenancy.column:
                yield {column.name: USERS["W"].email}
        for name, values in dimensions.items():
            for value in values:
                yield {name: value}
        owner = relation.column(tenancy.column)
        if owner is not None and not owner.required and tenancy.kind in OPEN_KINDS:
            yield {tenancy.column: None}


def _unset(column: str, state: bool, policies: str) -> bool:
    """Whether the policies may tell a row in which this column is NULL from the others."""
    name = re.escape(column)
    asked = rf"\b{name}\b\)? IS (NOT )?NULL|COALESCE\(\(?{name}\b"
    return bool(re.search(rf"\b{name}\b" if state else asked, policies))


def _said(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
