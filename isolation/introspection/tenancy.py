"""Whose row is it: how each relation names its tenant, from the configuration, else from keys, policies and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from isolation.config.model import Config
from isolation.errors import BadInput
from isolation.model.catalog import STORED, Catalog, ForeignKey, Relation

_TENANT = re.compile(r"^(tenant|workspace|org|organi[sz]ation|team|account|company)_id$")
_USER = re.compile(r"^(user_id|owner_id|owner|created_by|author_id|profile_id)$")
_USERS = ("auth.users", "public.users")


class TenancyKind(StrEnum):
    """How a column names the owner of its row."""

    USER = "user"
    TENANT = "tenant"
    MEMBER = "member"
    EMAIL = "email"
    PATTERN = "pattern"
    VIA = "via"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tenancy:
    """`column` names the owner as `kind` says; `detail` is the pattern, or the relation that is led to."""

    kind: TenancyKind
    column: str = ""
    detail: str = ""


NOBODYS = Tenancy(TenancyKind.NONE)


@dataclass(frozen=True, slots=True)
class Shape:
    """The tenancy of every relation, the table of users, and the membership table (None: there is none)."""

    of: Mapping[str, Tenancy]
    users: str | None
    membership: str | None
    membership_user: str = ""
    membership_tenant: str = ""

    def tenancy(self, relation: str) -> Tenancy:
        """How a relation's rows name their owner."""
        return self.of.get(relation, NOBODYS)

    def kind(self, relation: str) -> TenancyKind:
        """What the owner of a relation's rows is."""
        return self.tenancy(relation).kind


def infer(catalog: Catalog, config: Config) -> Shape:
    """Work out every relation's tenancy. Raises BadInput where the configuration names what is not there."""
    users = next((u for u in _USERS if u in catalog.relations), None)
    of = {_named(catalog, name).name: _declared(catalog, name, text, users) for name, text in config.tenancy.items()}
    if users:
        of.setdefault(users, Tenancy(TenancyKind.USER, "id"))
    membership = _membership(catalog, of, users)
    if joined := _joined(catalog, membership):
        of.setdefault(joined.target, Tenancy(TenancyKind.MEMBER, joined.target_columns[0]))
    tables = [r for r in catalog.relations.values() if r.kind in STORED]
    for relation in sorted(tables, key=lambda r: bool(r.parents)):
        if relation.name not in of:
            of[relation.name] = _inherited(relation, of) or _guess(relation, users, membership, of)
    for relation in tables:  # a table without a tenant of its own belongs to whom the rows that it refers to belong
        if of[relation.name].kind is TenancyKind.NONE:
            for key in relation.foreign_keys:
                if (
                    of.get(key.target, Tenancy(TenancyKind.NONE)).kind is not TenancyKind.NONE
                    and key.target != relation.name
                ):
                    of[relation.name] = Tenancy(TenancyKind.VIA, key.columns[0], key.target)
                    break
    for relation in tables:
        of[relation.name] = _through(relation, of)
    return Shape(of, users, *(membership or (None, "", "")))


def _through(relation: Relation, of: Mapping[str, Tenancy]) -> Tenancy:
    """A column that names a row which names its own tenant by another column leads through that row."""
    tenancy = of[relation.name]
    if tenancy.kind is not TenancyKind.TENANT:
        return tenancy
    for key in relation.foreign_keys:
        target = of.get(key.target, Tenancy(TenancyKind.NONE))
        elsewhere = target.kind not in (TenancyKind.NONE, TenancyKind.MEMBER) and target.column != key.target_columns[0]
        if key.columns == (tenancy.column,) and elsewhere:
            return Tenancy(TenancyKind.VIA, tenancy.column, key.target)
    return tenancy


def _named(catalog: Catalog, name: str) -> Relation:
    relation = catalog.find(name)
    if relation is None:
        raise BadInput(f'[tenancy] "{name}": no such relation; name one as schema.table, or remove the line')
    return relation


def _declared(catalog: Catalog, name: str, text: str, users: str | None) -> Tenancy:
    relation = _named(catalog, name)
    column, _, source = text.partition("@")
    if relation.column(column) is None:
        raise BadInput(f'[tenancy] "{name}" = "{text}": {relation.name} has no column {column}; name one that it has')
    if source == "member":
        return Tenancy(TenancyKind.MEMBER, column)
    if source == "email":
        return Tenancy(TenancyKind.EMAIL, column)
    if "{" in source:
        return Tenancy(TenancyKind.PATTERN, column, source)
    if source:
        return Tenancy(TenancyKind.TENANT, column)
    return _leads(catalog, relation, column, users)


def _leads(catalog: Catalog, relation: Relation, column: str, users: str | None) -> Tenancy:
    """Follow foreign keys from a column: to the users it is a user's id, else a tenant's."""
    seen: set[tuple[str, str]] = set()
    at: Relation | None = relation
    name = column
    while at is not None and (at.name, name) not in seen:
        seen.add((at.name, name))
        if at.name == users:
            return Tenancy(TenancyKind.USER, column)
        key = next((k for k in at.foreign_keys if name in k.columns), None)
        if key is None:
            break
        name = key.target_columns[key.columns.index(name)]
        at = catalog.relations.get(key.target)
        if key.target == users:
            return Tenancy(TenancyKind.USER, column)
    compared = rf"\b{re.escape(column)}\b\)? = (\( ?SELECT )?\(?(auth\.)?uid\("
    if any(re.search(compared, e, re.I) for p in relation.policies for e in (p.using, p.check) if e):
        return Tenancy(TenancyKind.USER, column)
    if not seen - {(relation.name, column)} and _USER.match(column):
        return Tenancy(TenancyKind.USER, column)
    return Tenancy(TenancyKind.TENANT, column)


def _membership(catalog: Catalog, of: Mapping[str, Tenancy], users: str | None) -> tuple[str, str, str] | None:
    """The table with a foreign key to the users and one to what has members."""
    found: list[tuple[int, str, str, str]] = []
    for relation in catalog.relations.values():
        to_user = next(
            (
                k
                for k in relation.foreign_keys
                if _leads(catalog, relation, k.columns[0], users).kind is TenancyKind.USER
            ),
            None,
        )
        declared = of.get(relation.name)
        user = (
            declared.column
            if declared and declared.kind is TenancyKind.USER
            else (to_user.columns[0] if to_user else "")
        )
        if not user and relation.column("user_id") and re.search("member", relation.table):
            user = "user_id"
        for key in relation.foreign_keys:
            if not user or key.columns[0] == user or key.target == users:
                continue
            target = of.get(key.target)
            together = any({user, key.columns[0]} <= set(k.columns) for k in relation.keys)
            named = bool(re.search(r"member", relation.table))
            if (target and target.kind is TenancyKind.MEMBER and (together or named)) or (together and named):
                found.append((together + 2 * named, relation.name, user, key.columns[0]))
        tenant = next((c.name for c in relation.columns if _TENANT.match(c.name)), None)
        if user and tenant and re.search("member", relation.table):
            found.append((0, relation.name, user, tenant))
    return max(found)[1:] if found else None


def _joined(catalog: Catalog, membership: tuple[str, str, str] | None) -> ForeignKey | None:
    """The key by which the membership table names what has members."""
    relation = catalog.relations[membership[0]] if membership else None
    keys = relation.foreign_keys if relation and membership else ()
    return next((k for k in keys if membership and k.columns == (membership[2],)), None)


def _inherited(relation: Relation, of: Mapping[str, Tenancy]) -> Tenancy | None:
    return next((of[p] for p in relation.parents if p in of), None)


def _guess(
    relation: Relation, users: str | None, membership: tuple[str, str, str] | None, of: Mapping[str, Tenancy]
) -> Tenancy:
    if membership and relation.name == membership[0]:
        return Tenancy(TenancyKind.USER, membership[1])
    tenants = {n for n, t in of.items() if t.kind is TenancyKind.MEMBER}
    for key in relation.foreign_keys:
        if key.target in tenants:
            return Tenancy(TenancyKind.TENANT, key.columns[0])
    for key in relation.foreign_keys:
        if key.target == users and (len(key.columns) == 1):
            return Tenancy(TenancyKind.USER, key.columns[0])
    for column in relation.columns:
        if _TENANT.match(column.name):
            return Tenancy(TenancyKind.TENANT, column.name)
    for column in relation.columns:
        policies = " ".join(e for p in relation.policies for e in (p.using, p.check) if e)
        if re.search(rf"\b{re.escape(column.name)}\b\)? = (\( ?SELECT )?\(?(auth\.)?uid\(", policies, re.I):
            return Tenancy(TenancyKind.USER, column.name)
        if _USER.match(column.name):
            return Tenancy(TenancyKind.USER, column.name)
    return Tenancy(TenancyKind.NONE)
