"""The planted world read back: each stored row's owners, and who is entitled to see each canary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from isolation.config.model import Config
from isolation.database.clones import Connection
from isolation.introspection.tenancy import Shape, Tenancy, TenancyKind
from isolation.model.actors import USERS, Actor
from isolation.model.canary import TOKEN
from isolation.model.catalog import Catalog, Relation
from isolation.model.outcome import Key, Row
from isolation.model.sql import Values, flat, quote
from isolation.planting.planter import Planter

EVERYBODY = "*"
_SECRET = re.compile("secret|token|hash|passw|salt|credential|private|api_?key|encrypted|internal", re.I)


@dataclass(slots=True)
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
    objects: dict[str, str] = field(default_factory=dict)
    """What large objects hold, by their number as a text."""
    of: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _raw: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _indices: dict[tuple[str, str], dict[str | None, Row]] = field(default_factory=dict)

    @property
    def stored(self) -> list[Relation]:
        """Relations that hold rows."""
        return [r for r in self.catalog.relations.values() if r.stores]

    def tenants_named(self, name: str, values: Values, depth: int = 0) -> frozenset[str]:
        """Whom the row's tenant column names, whoever else owns it too."""
        tenancy = self.shape.tenancy(name)
        value = values.get(tenancy.column)
        return frozenset(self._owners(name, tenancy, value, depth) if value is not None else ())

    def owners(self, name: str, values: Values, depth: int = 0) -> frozenset[str]:
        """Whose row this is: names of users; empty where it is nobody's."""
        owners = set(self.tenants_named(name, values, depth))
        for table, column in self.config.also_owner.items():
            if self.catalog.find(table) is self.catalog.relations[name]:
                owners |= {u.name for u in USERS.values() if named(u.id, values.get(column))}
        return frozenset(owners)

    def _owners(self, name: str, tenancy: Tenancy, value: str, depth: int) -> Iterable[str]:
        match tenancy.kind:
            case TenancyKind.USER:
                return [u.name for u in USERS.values() if u.id == value]
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
        for name in (u.name for u in USERS.values() if u.id == user):
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
            readers |= {u.name for u in USERS.values() for g in given if g.get(column) in (u.id, u.email)}
        if name == share.name:
            readers |= {u.name for u in USERS.values() if values.get(column) in (u.id, u.email)}
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


def _secrets(world: Dataset, name: str) -> set[str]:
    """Columns that only the service may set, and whose name says that nobody else reads them either."""
    relation = world.catalog.relations[name]
    reserved = [s.rpartition(".") for s in world.config.service_only if "(" not in s]
    columns = {c for table, _, c in reserved if table and world.catalog.find(table) is relation}
    return {c for c in columns if _SECRET.search(c)}


def _entitle(world: Dataset) -> None:
    for row in world.rows.values():
        readers = set(row.readers)
        if row.relation in world.service_tables and row.relation != world.shape.membership:
            readers = set()
        elif world.shape.kind(row.relation) is TenancyKind.NONE:
            readers = {EVERYBODY}
        secret = _secrets(world, row.relation)
        for column, value in row.values.items():
            held = f"{value} {world.objects.get(value, '')}" if value else ""
            for found in TOKEN.findall(held):
                world.entitled.setdefault(found, set()).update(() if column in secret else readers)
    for user in USERS.values():
        for found in (user.id, *TOKEN.findall(user.email)):
            world.entitled.setdefault(found, set()).add(user.name)
    for name, tenants in world.tenants_of.items():
        for tenant in tenants:
            if tenant in world.entitled:
                world.entitled[tenant].add(name)
