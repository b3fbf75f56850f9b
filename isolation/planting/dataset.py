"""The planted world read back: each stored row's owners, and who is entitled to see each canary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg

from ..actors.factory import ActorFactory
from ..config.model import Config
from ..database.clones import Connection
from ..introspection.tenancy import Shape, Tenancy, TenancyKind
from ..model.actors import USERS, Actor, ActorKind, User
from ..model.canary import TOKEN
from ..model.catalog import Catalog, Relation
from ..model.outcome import Key, Row
from ..model.sql import Values, flat, quote
from .planter import Planter

EVERYBODY = "*"
_SECRET = re.compile("secret|token|hash|passw|salt|credential|private|api_?key|encrypted|internal", re.I)


@dataclass
class Dataset:
    """Knows every stored row and token; answers what is foreign to an actor.

    ``of`` holds the rows of each relation and ``places`` where they lie, once all are known.
    """

    catalog: Catalog
    config: Config
    shape: Shape
    tenants: Mapping[str, str]
    tenants_of: dict[str, set[str]] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    entitled: dict[str, set[str]] = field(default_factory=dict)
    service_tables: frozenset[str] = frozenset()
    reference: frozenset[str] = frozenset()
    """Relations without a tenant whose rows anybody may read."""
    accounts: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    """What large objects hold, by their number as a text."""
    of: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _foreign: dict[str, list[str]] = field(default_factory=dict)
    _raw: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _indices: dict[tuple[str, str], dict[str | None, Row]] = field(default_factory=dict)

    @cached_property
    def bearers(self) -> frozenset[str]:
        """What whoever holds it may use, by declaration."""
        entries = [e.rpartition(".") for e in self.config.bearer]
        columns = [(r.name, c) for table, _, c in entries if (r := self.catalog.find(table))]
        return frozenset(v for name, c in columns for r in self.of.get(name, ()) if (v := r.values.get(c)))

    @property
    def stored(self) -> list[Relation]:
        """Relations that hold rows."""
        return [r for r in self.catalog.relations.values() if r.stores]

    def tenants_named(self, name: str, values: Values, depth: int = 0) -> frozenset[str]:
        """Whom the row's tenant column names, whoever else owns it too."""
        tenancy = self.shape.tenancy(name)
        value = tenancy.held(values)
        return frozenset(self._owners(name, tenancy, value, depth) if value is not None else ())

    def owners(self, name: str, values: Values, depth: int = 0) -> frozenset[str]:
        """Whose row this is: names of users; empty where it is nobody's."""
        owners = set(self.tenants_named(name, values, depth))
        for table, column in self.config.also_owner.items():
            if self.catalog.find(table) is self.catalog.relations[name]:
                owners |= {u.name for u in USERS.values() if any(named(i, values.get(column)) for i in self.ids(u))}
        return frozenset(owners)

    def _owners(self, name: str, tenancy: Tenancy, value: str, depth: int) -> Iterable[str]:
        match tenancy.kind:
            case TenancyKind.USER:
                return [u.name for u in USERS.values() if value in self.ids(u)]
            case TenancyKind.EMAIL:
                return [u.name for u in USERS.values() if value.lower() in (u.email, u.email.partition("@")[2])]
            case TenancyKind.PATTERN:
                return [u.name for u in USERS.values() if self._matches(tenancy.detail, u.name, value)]
            case TenancyKind.NONE:
                return []
        key = next((k for k in self.catalog.relations[name].foreign_keys if k.columns[0] == tenancy.column), None)
        if (
            tenancy.kind is not TenancyKind.MEMBER
            and key
            and depth < 5
            and key.target in self.shape.of
            and key.target != self.shape.membership
            and self.shape.kind(key.target) is not TenancyKind.NONE
            and (tenancy.kind is TenancyKind.VIA or self.shape.kind(key.target) is not TenancyKind.TENANT)
        ):
            parent = self._holding(key.target, key.target_columns[0]).get(value)
            return self.owners(parent.relation, parent.values, depth + 1) if parent else ()
        return [n for n, tenants in self.tenants_of.items() if value in tenants]

    def ids(self, user: User) -> tuple[str, ...]:
        """What a user may be called: his id, and the key of his row in the application's own table of users."""
        return (user.id, self.accounts[user.name]) if user.name in self.accounts else (user.id,)

    def known_as(self, relation: Relation, column: str, user: User) -> str:
        """What this column calls a user."""
        named = self.shape.names_account(relation, column)
        return self.accounts.get(user.name, user.id) if named else user.id

    def _holding(self, name: str, column: str) -> dict[str | None, Row]:
        """By the value of a column: the first row of a relation, its partitions and children included."""
        at = (name, column)
        if at not in self._indices:
            rows = (r for n in (name, *(c.name for c in self.catalog.children(name))) for r in self._raw.get(n, ()))
            found = self._indices[at] = {}
            for row in rows:
                found.setdefault(row.values.get(column), row)
        return self._indices[at]

    def _matches(self, pattern: str, user: str, value: str) -> bool:
        for tenant in self.tenants_of.get(user, set()) or {"\0"}:
            filled = (
                re.escape(pattern)
                .replace(r"\{tenant\}", re.escape(tenant))
                .replace(r"\{user\}", re.escape(USERS[user].id))
            )
            filled = (
                filled.replace(r"\{email\}", re.escape(USERS[user].email)).replace(r"\.\.\.", ".*").replace(r"\*", ".*")
            )
            if re.fullmatch(filled, value):
                return True
        return False

    def identifier(self, user: str, claim: str) -> str | None:
        """The key of a row of the user's own in the table that a claim is named after: ``session_id``, sessions."""
        table = claim.removesuffix("_id")
        for row in self.rows.values():
            relation = self.catalog.relations[row.relation]
            if user in row.writers and relation.table.rstrip("s") == table and len(relation.primary) == 1:
                return row.values.get(relation.primary[0])
        return None

    def foreign(self, actor: Actor, tokens: Iterable[str]) -> list[str]:
        """The tokens that this actor is not entitled to."""
        name = actor.user.name if actor.user else ""
        return [t for t in tokens if t in self.entitled and not self.entitled[t] & {name, EVERYBODY}]

    def foreign_relations(self, actor: Actor) -> list[str]:
        """The relations that hold what this actor may not know, those with few rows first; worked out once."""
        name = actor.user.name if actor.user else ""
        if name not in self._foreign:
            held = sorted(self.of.items(), key=lambda item: len(item[1]))
            self._foreign[name] = [n for n, rows in held if any(self._is_foreign(actor, row) for row in rows)]
        return self._foreign[name]

    def _is_foreign(self, actor: Actor, row: Row) -> bool:
        return any(self.foreign(actor, TOKEN.findall(value)) for value in row.values.values() if value)

    def may_write(self, actor: Actor, row: Row) -> bool:
        """Whether the row is the actor's to change."""
        if row.relation in self.service_tables:
            return False
        return actor.user is not None and actor.user.name in row.writers


def named(user: str, value: str | None) -> bool:
    """Whether the column's value is this user's id, or a list with it."""
    return value is not None and (value == user or (value.startswith("[") and user in value))


def observe(connection: Connection, planter: Planter) -> Dataset:
    """Read back what was planted, with what triggers made of it."""
    world = Dataset(planter.catalog, planter.config, planter.shape, planter.tenants)
    world.accounts = planter.accounts
    world.service_tables = frozenset(r.name for s in world.config.service_only if (r := world.catalog.find(s)))
    world.tenants_of = _tenants_of(connection, planter)
    if any(c.base == "oid" for r in world.stored for c in r.columns):
        world.objects = large_objects(connection)
    raw = {k: v for r in world.stored for k, v in snapshot(connection, r).items()}
    for (name, place), values in raw.items():
        world.rows[name, place] = Row(name, values, frozenset(), frozenset())
        world._raw[name].append(world.rows[name, place])
    for (name, place), values in raw.items():
        world.rows[name, place] = _row(world, name, values)
    _publish(connection, world)
    world.reference = _reference(connection, world)
    _entitle(world)
    for (name, place), row in world.rows.items():
        world.of[name].append(row)
        world.places[name].add(place)
    return world


def snapshot(connection: Connection, relation: Relation) -> dict[Key, Values]:
    """Every row of a relation by its physical version."""
    query = f"select ctid::text || '/' || xmin::text, to_jsonb(t.*)::text from only {relation.sql} t"
    return {(relation.name, place): flat(body) for place, body in connection.execute(query)}


def large_objects(connection: Connection) -> dict[str, str]:
    """The beginning of each large object."""
    held = connection.execute("select oid::text, lo_get(oid, 0, 200) from pg_largeobject_metadata")
    return {number: bytes(content).decode(errors="replace") for number, content in held}


def _tenants_of(connection: Connection, planter: Planter) -> dict[str, set[str]]:
    shape, found = planter.shape, defaultdict[str, set[str]](set)
    if shape.membership is None:
        found["A"], found["B"] = {planter.tenants["A"]}, {planter.tenants["B"]}
        found["M"] = {planter.tenants["A"]}
        return found
    relation = planter.catalog.relations[shape.membership]
    query = f"select {quote(shape.membership_user)}::text, {quote(shape.membership_tenant)}::text from {relation.sql}"
    for user, tenant in connection.execute(f"{query} where {planter.activity or 'true'}"):
        for name in (u.name for u in USERS.values() if user in (u.id, planter.accounts.get(u.name))):
            found[name].add(tenant)
    return found


def _row(world: Dataset, name: str, values: Values) -> Row:
    writers = world.owners(name, values)
    readers = set(writers)
    if name == world.shape.membership:
        tenant = values.get(world.shape.membership_tenant)
        colleagues = {n for n, tenants in world.tenants_of.items() if tenant in tenants}
        readers |= colleagues
        writers |= colleagues
    for table, path in world.config.shared_through.items():
        shares, _, column = path.partition(".")
        share, shared = world.catalog.find(shares), world.catalog.find(table)
        if share is None or shared is None:
            continue
        key = next((k for k in share.foreign_keys if k.target == shared.name), None)
        if name == shared.name and key:
            given = [
                r.values
                for r in world.rows.values()
                if r.relation == share.name and r.values.get(key.columns[0]) == values.get(key.target_columns[0])
            ]
            readers |= {u.name for u in USERS.values() for g in given if g.get(column) in (*world.ids(u), u.email)}
        if name == share.name:
            readers |= {u.name for u in USERS.values() if values.get(column) in (*world.ids(u), u.email)}
    return Row(name, values, frozenset(writers), frozenset(readers))


def _publish(connection: Connection, world: Dataset) -> None:
    """Mark the rows and columns that are declared public."""
    for public in world.config.public:
        relation = world.catalog.find(public.relation)
        for table in [relation, *world.catalog.children(relation.name)] if relation else []:
            if not table.stores:
                continue
            lies = f"select ctid::text || '/' || xmin::text from only {table.sql} as {quote(table.table)}"
            query = f"{lies} where {public.condition or 'true'}"
            for (place,) in connection.execute(query):
                row = world.rows[table.name, place]
                if public.columns:
                    for column in public.columns:
                        for found in TOKEN.findall(row.values.get(column) or ""):
                            world.entitled.setdefault(found, set()).add(EVERYBODY)
                else:
                    world.rows[table.name, place] = Row(table.name, row.values, row.writers, row.readers | {EVERYBODY})


def _ownerless(world: Dataset, row: Row) -> bool:
    return row.relation not in world.service_tables and world.shape.kind(row.relation) is TenancyKind.NONE


def _canaries(world: Dataset, row: Row) -> set[str]:
    """Every canary of a row, but in columns that are a secret of the service's."""
    secret, found = secrets(world, row.relation), set[str]()
    for column, value in row.values.items():
        tokens = TOKEN.findall(f"{value} {world.objects.get(value, '')}") if value else []
        for token in tokens if column in secret else ():
            world.entitled.setdefault(token, set())
        found.update(tokens if column not in secret else ())
    return found


def _keys_of(world: Dataset, row: Row) -> set[str]:
    """The canaries by which others refer to a row: in theirs they are no copy."""
    referred = {c for r in world.stored for k in r.foreign_keys if k.target == row.relation for c in k.target_columns}
    return {t for c in referred for t in TOKEN.findall(row.values.get(c) or "")}


def _reference(connection: Connection, world: Dataset) -> frozenset[str]:
    """The relations without a tenant whose rows anybody may read there: tried, as a tenant and as nobody."""
    factory = ActorFactory(world.catalog, world.config, world.tenants)
    actors = [factory.user(USERS["B"])] if factory.member else []
    if factory.anonymous:
        actors.append(factory.bare("anon", factory.anonymous, None, ActorKind.UNTOLD))
    names = {r.relation for r in world.rows.values() if _ownerless(world, r)}
    return frozenset(n for n in names if any(_reads(connection, a, world.catalog.relations[n]) for a in actors))


def _reads(connection: Connection, actor: Actor, relation: Relation) -> bool:
    found: list[Any] = []
    with suppress(psycopg.Error), connection.transaction() as undone:
        connection.execute(actor.sql.encode())
        found = connection.execute(f"select 1 from {relation.sql} limit 1".encode()).fetchall()
        raise psycopg.Rollback(undone)
    return bool(found)


def secrets(world: Dataset, name: str) -> set[str]:
    """Columns that only the service may set, and whose name says that nobody else reads them either."""
    relation = world.catalog.relations[name]
    reserved = [s.rpartition(".") for s in world.config.service_only if "(" not in s]
    columns = {c for table, _, c in reserved if table and world.catalog.find(table) is relation}
    return {c for c in columns if _SECRET.search(c)}


def _entitle(world: Dataset) -> None:
    """Who may know each canary. What a row holds is secret, unless it is public or read by all in that very table."""
    nobodys = [r for r in world.rows.values() if _ownerless(world, r)]
    for row in (r for r in world.rows.values() if not _ownerless(world, r)):
        readers = set(row.readers)
        if row.relation in world.service_tables and row.relation != world.shape.membership:
            readers = set()
        for found in _canaries(world, row):
            world.entitled.setdefault(found, set()).update(readers)
    owned = set(world.entitled) - {t for row in nobodys for t in _keys_of(world, row)}
    for row in nobodys:
        declared = EVERYBODY in row.readers
        for found in _canaries(world, row):
            if declared or found not in owned:  # a copy of what is somebody's makes nothing public, unless so declared
                open_ = declared or row.relation in world.reference
                world.entitled.setdefault(found, set()).update((EVERYBODY,) if open_ else ())
    for user in USERS.values():
        for found in (user.id, *TOKEN.findall(user.email)):
            world.entitled.setdefault(found, set()).add(user.name)
    for name, tenants in world.tenants_of.items():
        for tenant in tenants:
            if tenant in world.entitled:
                world.entitled[tenant].add(name)
