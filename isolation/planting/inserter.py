"""Inserts one row: as its owner would, else as nobody, else with triggers asleep; takes over what a trigger made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..actors.factory import ActorFactory
from ..config.model import Config
from ..database.clones import Connection
from ..database.pipeline import Result, Wire
from ..introspection.tenancy import Shape, TenancyKind
from ..model.actors import User
from ..model.catalog import Catalog, Category, Column, ForeignKey, Relation, RelationKind
from ..model.insertion import insertion
from ..model.sql import Values, flat, literal, quote
from ..model.states import CHECKED, EXCLUDED, NOT_NULL, UNIQUE
from .composer import Composer, owner_of, required, side_of
from .proposals import proposals
from .values import fresh

ASLEEP = "set local session_replication_role = replica"
AWAKE = "set local session_replication_role = origin"
TURNS, DEPTH = 8, 4


@dataclass(frozen=True, slots=True)
class Bracket:
    """What a row is stored between: statements that open, that keep it, and that undo it."""

    opens: str
    keeps: tuple[str, ...]
    undoes: str


TRANSACTION = Bracket("begin", ("commit",), "rollback")


@dataclass(frozen=True, slots=True)
class Unplanted:
    """A relation in which no row could be planted, and why."""

    relation: str
    why: str


class Inserter(Composer):
    """Composes and stores; keeps the statements that did it."""

    def __init__(
        self,
        connection: Connection,
        catalog: Catalog,
        config: Config,
        shape: Shape,
        bracket: Bracket = TRANSACTION,
    ) -> None:
        super().__init__(connection, catalog, config, shape)
        self._bracket = bracket
        self.script: list[tuple[str, str]] = []
        self.unplanted: list[Unplanted] = []
        self._wire = Wire(connection)
        self.planted = False
        self._parents: list[str] = []

    def use(self, connection: Connection) -> None:
        """Go on with another connection to the same rows."""
        super().use(connection)
        self._wire = Wire(connection)

    def insert(self, relation: Relation, user: User, given: Values, *, asleep: bool = False) -> Values | None:
        """Store a row of this user's; as stored, or None."""
        given = {**self.promised.pop((relation.name, side_of(user)), {}), **given}
        values, why = self.compose(relation, user, given), ""
        for manner in self._manners(user, asleep):
            for _ in range(TURNS):
                statement = insertion(relation, values)
                stored, error = self._stored(manner, f"{statement} returning to_jsonb({quote(relation.table)}.*)::text")
                if error is None and stored is not None:
                    return self._kept(relation, user, f"{manner}; {statement}", stored)
                if error is None:
                    why = "the row was left out by a trigger or a rule"
                    break
                why = why or error.error
                if error.state in (UNIQUE, EXCLUDED) and (found := self._taken_over(relation, user, error, values)):
                    return found
                if not self._mended(relation, user, error, values, given):
                    break
        self.unplanted.append(Unplanted(relation.name, f"no row of {user.name} could be planted: {why}"))
        return None

    def _kept(self, relation: Relation, user: User, statement: str, stored: Values) -> Values:
        self.rows[relation.name][side_of(user)].append(stored)
        self.script.append((relation.name, statement))
        return stored

    def _manners(self, user: User, asleep: bool) -> Iterator[str]:
        """What is said to the database first: who inserts, if anyone."""
        factory = ActorFactory(self.catalog, self.config, self.tenants | {"M": self.tenants["A"]})
        role = factory.member or "authenticated"
        actor = factory.user(user, role)
        if not asleep:
            yield "; ".join(actor.enter)
            if actor.begin:
                yield "; ".join([*actor.enter, *actor.begin])
            yield "select 1"
        yield f"{'; '.join(actor.enter)}; {ASLEEP}"

    def _stored(self, manner: str, statement: str) -> tuple[Values | None, Result | None]:
        within = self._bracket
        results = self._wire.send("; ".join([within.opens, manner, statement, *within.keeps]))
        if results[-1].state is not None:
            self._wire.send(within.undoes)
            return None, results[-1]
        cells = results[-1 - len(within.keeps)].cells
        return (flat(cells[0]) if cells else None), None

    def _mended(self, relation: Relation, user: User, error: Result, values: Values, given: Values) -> bool:
        """Change what the database objected to; False where nothing is left to change."""
        if error.state in (UNIQUE, EXCLUDED):
            return self._renewed(relation, user, error, values, given)
        column = relation.column(error.column) if error.table == relation.table else None
        if error.state == NOT_NULL and column is not None and values.get(column.name) is None:
            found = next(iter(proposals(column, "", user.side, next(self._serial))), None)
            values[column.name] = found
            return found is not None
        if error.state == CHECKED and not error.constraint and relation.parents:
            return self._renew(relation.columns, user, values, set(given))
        return False

    def _renewed(self, relation: Relation, user: User, error: Result, values: Values, given: Values) -> bool:
        key = next((k for k in relation.keys if k.name == error.constraint), None)
        bound = {c for k in relation.foreign_keys for c in k.columns} | {self._owner(relation)} | set(given)
        columns = [c for c in relation.columns if key and c.name in key.columns]
        return self._renew(tuple(columns), user, values, bound, only=relation)

    def _renew(
        self, columns: tuple[Column, ...], user: User, values: Values, bound: set[str], only: Relation | None = None
    ) -> bool:
        serial, changed = next(self._serial), False
        for column in columns:
            value = fresh(column, user.side, serial)
            if column.name not in bound and not column.generated and value not in (None, values.get(column.name)):
                values[column.name], changed = value, True
        if only is not None and changed:
            held: dict[str, list[str | None]] = {name: [] for name in bound}
            values |= self._solver.fitted(only, values, held, "", user.side, serial)
        return changed

    def _owner(self, relation: Relation) -> str:
        tenancy = self.shape.tenancy(relation.name)
        return tenancy.column if tenancy.kind is not TenancyKind.MEMBER else ""

    def _taken_over(self, relation: Relation, user: User, error: Result, values: Values) -> Values | None:
        """The user's row that a trigger has already made, given what the composed one would hold."""
        key = next((k for k in relation.keys if k.name == error.constraint and not k.exclusion), None)
        if key is None or any(values.get(c) is None for c in key.columns):
            return None
        kinds = {c.name: c for c in relation.columns}
        same = " and ".join(f"{quote(c)} = {literal(values[c])}::{kinds[c].type}" for c in key.columns)
        found = self.connection.execute(f"select to_jsonb(t.*)::text from {relation.sql} t where {same}".encode())
        rows = [flat(body) for (body,) in found]
        if len(rows) != 1 or self._known(relation, rows[0]) or not self._belongs(relation, user, rows[0]):
            return None
        more = {
            c: v for c, v in values.items() if c not in key.columns and not kinds[c].identity and v != rows[0].get(c)
        }
        self.rows[relation.name][side_of(user)].append(rows[0])
        for change in (more, {c: v for c, v in more.items() if kinds[c].category is Category.TEXT}):
            if self.amend(relation, user, rows[0], change, same):
                break
        return rows[0]

    def amend(self, relation: Relation, user: User, row: Values, change: Values, same: str = "") -> bool:
        """Change a stored row, if the schema lets it be."""
        kinds = {c.name: c for c in relation.columns}
        same = same or " and ".join(f"{quote(c)} = {literal(row[c])}::{kinds[c].type}" for c in relation.primary)
        sets = ", ".join(f"{quote(c)} = {literal(v)}::{kinds[c].type}" for c, v in change.items())
        statement = f"update {relation.sql} set {sets} where {same}"
        for manner in self._manners(user, False) if sets else ():
            stored, _ = self._stored(manner, f"{statement} returning to_jsonb({quote(relation.table)}.*)::text")
            if stored is not None:
                row.update(stored)
                self.script.append((relation.name, f"{manner}; {statement}"))
                return True
        return False

    def _known(self, relation: Relation, row: Values) -> bool:
        return any(row == r or _same(relation, row, r) for side in self.rows[relation.name].values() for r in side)

    def _belongs(self, relation: Relation, user: User, row: Values) -> bool:
        tenancy = self.shape.tenancy(relation.name)
        mine = owner_of(tenancy, user, self.tenants[side_of(user)])
        if tenancy.kind is TenancyKind.USER:
            mine = self.known_as(relation, tenancy.column, user)
        return mine is None or tenancy.held(row) == mine

    def missing_parent(self, relation: Relation, key: ForeignKey, user: User, values: Values) -> Values | None:
        """A new row to refer to; one that is promised, where a cycle of required keys leads back to it."""
        target = self.catalog.relations.get(key.target)
        if self.planted or target is None or not required(relation, key.columns):
            return None
        given = {t: values[c] for c, t in zip(key.columns, key.target_columns, strict=True) if values.get(c)}
        if target.name in self._parents or not target.tabular or len(self._parents) >= DEPTH:
            return self._promise(target, key, user, given)
        if relation.name in self._parents:
            return None
        self._parents += [relation.name]
        try:
            leaf = next((c for c in self.catalog.children(target.name) if c.stores), target)
            return self.insert(leaf if target.kind is RelationKind.PARTITIONED else target, user, given)
        finally:
            self._parents.pop()

    def _promise(self, target: Relation, key: ForeignKey, user: User, given: Values) -> Values | None:
        at = (target.name, side_of(user))
        promised = self.promised.setdefault(at, {})
        for name in key.target_columns:
            column = target.column(name)
            if column is not None and name not in promised:
                promised[name] = given.get(name) or fresh(column, user.side, next(self._serial))
        return promised


def _same(relation: Relation, row: Values, other: Values) -> bool:
    return bool(relation.primary) and all(row.get(c) == other.get(c) for c in relation.primary)
