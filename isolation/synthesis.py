"""Plants rows of two tenants in every relation, in foreign-key order, satisfying whatever the schema demands."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg

from isolation.actors import USERS, User
from isolation.catalog import Catalog, Column, ForeignKey, Relation, literal, quote
from isolation.clone import Connection
from isolation.config import Config
from isolation.tenancy import Shape, Tenancy
from isolation.values import candidates, constants, fresh, identifier, states

Values = dict[str, str | None]
VARIANTS = 14
_GONE = re.compile(r"^(deleted|removed|revoked|left)_at$")


@dataclass(frozen=True, slots=True)
class Unplanted:
    """A relation in which no row could be planted, and why."""

    relation: str
    why: str


def insertion(relation: Relation, values: Values, returning: str = "") -> str:
    """The INSERT of a row."""
    columns = [c for c in relation.columns if c.name in values]
    names = ", ".join(quote(c.name) for c in columns)
    given = ", ".join(f"{literal(values[c.name])}::{c.type}" for c in columns)
    overriding = " overriding system value" if any(c.identity == "a" for c in columns) else ""
    if not columns:
        return f"insert into {relation.sql} default values{returning}"
    return f"insert into {relation.sql} ({names}){overriding} values ({given}){returning}"


class Planter:
    """Plants, and can afterwards compose further rows of either side that would fit."""

    def __init__(self, connection: Connection, catalog: Catalog, config: Config, shape: Shape) -> None:
        self.connection, self.catalog, self.config, self.shape = connection, catalog, config, shape
        self.rows: dict[str, dict[str, list[Values]]] = defaultdict(lambda: defaultdict(list))
        self.script: list[tuple[str, str]] = []
        self.unplanted: list[Unplanted] = []
        self.tenants = {"A": identifier("a", 2), "B": identifier("b", 2)}
        self._serial = itertools.count(10)
        self._learned: dict[tuple[str, str], tuple[str, int]] = {}
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
        return None

    # -- the whole world -------------------------------------------------------------------------------------------

    def plant(self) -> None:
        """Plant everything; what fails is listed in ``unplanted``."""
        self._plant_users()
        for relation in self._ordered():
            if relation.name == self.shape.users:
                continue
            if relation.kind in "pvm":
                continue
            if relation.name == self.shape.membership:
                self._plant_memberships(relation)
            elif relation.kind == "r":
                self._plant_relation(relation)
            self._note_tenants(relation)
        for relation in self.catalog.relations.values():
            if relation.kind == "m":
                self._refresh(relation)

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
            self._insert(relation, user, given)

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
        if not leads and not (tenancy and tenancy.kind == "member"):
            leads = membership is None and any(
                of.kind == "tenant" and k.target == relation.name and k.columns[0] == of.column
                for r in self.catalog.relations.values()
                for k in r.foreign_keys
                for of in [self.shape.of.get(r.name, Tenancy("none"))]
            )
            if not leads:
                return
        column = (
            key.target_columns[0]
            if key and key.target == relation.name
            else (tenancy.column if tenancy and tenancy.kind == "member" else (relation.primary or ("id",))[0])
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
                [r[key.target_columns[0]] for r in self._present(key.target, side)] if key else [self.tenants[side]]
            )
            for number, tenant in enumerate(tenants):
                members = [(side, "owner", True)]
                if side == "A" and number == 0:
                    members += [("M", "member", True), ("R", "member", False), ("V", "member", True)]
                for name, role, active in members:
                    self._join(relation, tenant, USERS[name], role, active)

    def _join(self, relation: Relation, tenant: str | None, user: User, role: str, active: bool) -> None:
        given: Values = {self.shape.membership_tenant: tenant, self.shape.membership_user: user.id}
        for column in relation.columns:
            if re.search("role", column.name) and role in (found := states(relation, column, self.catalog)) and found:
                given[column.name] = role
        state = self.standing(relation, active)
        if state is None:
            return
        self._insert(relation, user, given | state)

    def standing(self, relation: Relation, active: bool) -> Values | None:
        """State values that make a membership count, or not count; None where none can."""
        if self.activity is None:
            return {} if active else None
        columns = [c for c in relation.columns if re.search(rf"\b{c.name}\b", self.activity)]
        choices = []
        for column in columns:
            told: list[str | None] = (
                [*states(relation, column, self.catalog), *constants(self.activity)]
                if column.base != "boolean"
                else ["true", "false"]
            )
            if column.base.startswith(("timestamp", "date")):
                told = [None, "2061-01-01", "2001-01-01"]
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
                return {} if active else None
            if row and bool(row[0]) == active:
                return values
        return None

    def _plant_relation(self, relation: Relation) -> None:
        base = self._insert(relation, USERS["A"], {}) or self._insert(relation, USERS["A"], {}, replica=True)
        self._insert(relation, USERS["B"], {}) or self._insert(relation, USERS["B"], {}, replica=True)
        if base is None and not self._present(relation.name, "A"):
            return
        for variant in itertools.islice(
            self._variants(relation, base or self._present(relation.name, "A")[0]), VARIANTS
        ):
            before = len(self.unplanted)
            for user in ("A", "M", "V", "W"):
                if self._insert(relation, USERS[user], variant):
                    break
            del self.unplanted[before:]

    def _present(self, name: str, side: str) -> list[Values]:
        """Rows of a side, those included that lie in partitions."""
        return [r for n in (name, *(c.name for c in self.catalog.children(name))) for r in self.rows[n][side]]

    def _variants(self, relation: Relation, base: Values) -> Iterator[Values]:
        """One change at a time, then all states at their last value; and one row that nothing refers to."""
        tenancy = self.shape.of[relation.name]
        dimensions: dict[str, list[str | None]] = {}
        for column in relation.columns:
            if column.name == tenancy.column or any(column.name in k.columns for k in relation.foreign_keys):
                continue
            dimensions[column.name] = [v for v in states(relation, column, self.catalog) if v != base.get(column.name)]
        yield {}
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
                for parent in self._present(key.target, "A")[1:7]:
                    yield self._reference(key, parent)
        for name, values in dimensions.items():
            for value in values:
                yield {name: value}
        if tenancy.kind == "pattern":
            for inner in (USERS["B"].id, self.tenants["B"]):
                filled = self._pattern(tenancy, USERS["A"], inner)
                yield {tenancy.column: filled}
        owner = relation.column(tenancy.column)
        if owner is not None and not owner.required and tenancy.kind in ("user", "tenant", "email"):
            yield {tenancy.column: None}

    @staticmethod
    def _reference(key: ForeignKey, parent: Values) -> Values:
        return {c: parent.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)}

    # -- one row ---------------------------------------------------------------------------------------------------

    def compose(self, relation: Relation, user: User, given: Values | None = None) -> Values:
        """A further row of this user's that would fit."""
        given, serial, side = given or {}, next(self._serial), user.name if user.name in "AB" else "A"
        values: Values = dict(given)
        self._references(relation, user, side, values)
        tenancy = self.shape.of.get(relation.name, Tenancy("none"))
        self._own(relation, tenancy, user, side, values)
        for column in relation.columns:
            if column.name in values or column.generated:
                continue
            told = states(relation, column, self.catalog)
            if (
                column.default
                and not column.identity
                and (told or column.category in "DBTE" or column.base.endswith("[]"))
            ):
                continue
            if told and not column.required and column.category in "D":
                continue
            values[column.name] = told[0] if told else fresh(column, user.side, serial)
        self._bounds(relation, values)
        values |= self._mended(relation, user, given, serial)
        return {k: v for k, v in values.items() if v is not None or k in given}

    def _mended(self, relation: Relation, user: User, given: Values, serial: int) -> Values:
        """What earlier rows had to hold to satisfy the checks."""
        mended: Values = {}
        for (name, constraint), (column_name, index) in self._learned.items():
            check = next((c for c in relation.checks if c.name == constraint), None)
            column = relation.column(column_name)
            if name == relation.name and column and column_name not in given:
                text = check.expression if check else " ".join(column.domain_checks)
                mended[column_name] = candidates(column, text, user.side, serial)[index]
        return mended

    def _references(self, relation: Relation, user: User, side: str, values: Values) -> None:
        for key in sorted(relation.foreign_keys, key=lambda k: -len(k.columns)):
            if key.target == self.shape.users:
                values.setdefault(key.columns[0], user.id)
                continue
            if key.target == relation.name:
                continue
            rows = self._present(key.target, side) or (
                self._present(key.target, "A") if not self._tenanted(key.target) else []
            )
            fitting = [
                r
                for r in rows
                if all(
                    values.get(c, r.get(t)) == r.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)
                )
            ]
            user_column = self.shape.of.get(key.target, Tenancy("none"))
            if user_column.kind == "user":
                fitting = [r for r in fitting if r.get(user_column.column) == user.id] or fitting
            if fitting:
                for column, value in self._reference(key, fitting[0]).items():
                    values.setdefault(column, value)

    def _tenanted(self, name: str) -> bool:
        return self.shape.of.get(name, Tenancy("none")).kind != "none"

    def _own(self, relation: Relation, tenancy: Tenancy, user: User, side: str, values: Values) -> None:
        if tenancy.column in values:
            return
        owner = {"user": user.id, "email": user.email, "tenant": self.tenants[side]}.get(tenancy.kind)
        if owner is not None:
            values[tenancy.column] = owner
        elif tenancy.kind == "pattern":
            values[tenancy.column] = self._pattern(tenancy, user, f"zq{user.side}{next(self._serial):05d}")
        for column in relation.columns:
            if (
                column.base == "uuid"
                and column.name in ("user_id", "owner_id", "created_by")
                and tenancy.kind != "none"
            ):
                values.setdefault(column.name, user.id)

    def _pattern(self, tenancy: Tenancy, user: User, rest: str) -> str:
        side = user.name if user.name in "AB" else "A"
        filled = (
            tenancy.detail.replace("{tenant}", self.tenants[side])
            .replace("{user}", user.id)
            .replace("{email}", user.email)
        )
        return filled.replace("...", f"{rest}.png").replace("*", rest)

    def _bounds(self, relation: Relation, values: Values) -> None:
        """Put the row into this partition."""
        at: Relation | None = relation
        while at is not None and at.kind == "p":
            at = next(iter(self.catalog.children(at.name)), None)
        while at is not None and at.parents:
            parent = self.catalog.relations.get(at.parents[0])
            if parent is None or parent.kind != "p" or not at.bound:
                break
            listed = re.search(r"(?:FROM|IN) \((.*?)\)(?: TO|$)", at.bound)
            if listed:
                for column, bound in zip(parent.partition_key, re.split(r",\s*", listed[1]), strict=False):
                    if bound not in ("MINVALUE", "NULL"):
                        values[column] = bound.strip("'")
            at = parent

    def _insert(self, relation: Relation, user: User, given: Values, replica: bool = False) -> Values | None:
        """Insert, mending what the schema objects to; the row as stored, or None."""
        values = self.compose(relation, user, given)
        tried: dict[str, Iterator[tuple[str, int, str | None]]] = {}
        why = "no row fits"
        for _ in range(60):
            statement = insertion(relation, values)
            try:
                stored = self._store(relation, user, statement, replica)
            except (psycopg.errors.CheckViolation, psycopg.errors.InvalidTextRepresentation) as error:
                why = _said(error)
                if not self._mend(relation, user, error, values, given, tried):
                    break
            except psycopg.errors.UniqueViolation as error:
                why = _said(error)
                if not self._renew(relation, user, error, values, given):
                    break
            except psycopg.errors.StringDataRightTruncation as error:
                why = _said(error)
                break
            except psycopg.Error as error:
                why = _said(error)
                if replica:
                    break
                replica = True
            else:
                self.rows[relation.name][user.name if user.name in "AB" else "A"].append(stored)
                self.script.append((relation.name, statement))
                return stored
        self.unplanted.append(Unplanted(relation.name, f"no row of {user.name} could be planted: {why}"))
        return None

    def _store(self, relation: Relation, user: User, statement: str, replica: bool) -> Values:
        claims = literal(json.dumps({"sub": user.id, "email": user.email, "role": "authenticated"}))
        with self.connection.transaction():
            self.connection.execute(f"select set_config('request.jwt.claims', {claims}, true)")
            if replica:
                self.connection.execute("set local session_replication_role = replica")
            row = self.connection.execute(f"{statement} returning to_jsonb({quote(relation.table)}.*)::text").fetchone()
        assert row is not None
        return {
            k: v if v is None or isinstance(v, str) else json.dumps(v)
            for k, v in json.loads(row[0], parse_float=str, parse_int=str).items()
        }

    def _mend(self, relation: Relation, user: User, error: psycopg.Error, values: Values, given: Values,
              tried: dict[str, Iterator[tuple[str, int, str | None]]]) -> bool:  # fmt: skip
        constraint = error.diag.constraint_name or ""
        if constraint not in tried:
            tried[constraint] = self._remedies(relation, user, constraint, given)
        for column, index, value in tried[constraint]:
            if value is not None:
                values[column] = value
            else:
                values.pop(column, None)
            self._learned[relation.name, constraint] = (column, index)
            return True
        self._learned.pop((relation.name, constraint), None)
        return False

    def _remedies(
        self, relation: Relation, user: User, constraint: str, given: Values
    ) -> Iterator[tuple[str, int, str | None]]:
        check = next((c for c in relation.checks if c.name == constraint), None)
        fixed = (
            {c for k in relation.foreign_keys for c in k.columns} | set(given) | {self.shape.of[relation.name].column}
        )
        columns: Iterable[Column] = (
            [c for c in relation.columns if c.name in check.columns and c.name not in fixed] if check
            else [c for c in relation.columns if c.domain_checks]
        )  # fmt: skip
        serial = next(self._serial)
        for column in columns:
            text = check.expression if check else " ".join(column.domain_checks)
            for index, value in enumerate(candidates(column, text, user.side, serial)):
                yield column.name, index, value

    def _renew(self, relation: Relation, user: User, error: psycopg.Error, values: Values, given: Values) -> bool:
        key = next((k for k in relation.keys if k.name == error.diag.constraint_name), None)
        bound = (
            {c for k in relation.foreign_keys for c in k.columns} | {self.shape.of[relation.name].column} | set(given)
        )
        serial = next(self._serial)
        changed = False
        for column in relation.columns:
            if key and column.name in key.columns and column.name not in bound:
                value = fresh(column, user.side, serial)
                changed |= value is not None and value != values.get(column.name)
                values[column.name] = value or values.get(column.name)
        return changed


def _said(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())
