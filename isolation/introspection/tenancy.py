"""Whose row is it: how each relation names its tenant, from the configuration, else from keys, policies and names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..config.model import Config
from ..errors import BadInput
from ..model.catalog import STORED, Catalog, ForeignKey, Relation
from .texts import USER_CALLERS, Comparison, comparisons, scalar_selects

_TENANT = re.compile(r"^(tenant|workspace|org|organi[sz]ation|team|account|company)_id$")
_USER = re.compile(r"^(user_id|owner_id|owner|created_by|author_id|profile_id)$")
_USERS = ("auth.users", "public.users")
_WITHIN = re.compile(r"(\w+)\s*->>\s*'?(\w+)'?$")


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
    key: str = ""
    """Where the owner stands within a document that the column holds."""

    def held(self, values: Mapping[str, str | None]) -> str | None:
        """What names the owner of a row."""
        value = values.get(self.column)
        if not self.key or value is None:
            return value
        try:
            found = json.loads(value)
        except ValueError:
            return None
        inner = found.get(self.key) if isinstance(found, dict) else None
        return inner if inner is None or isinstance(inner, str) else json.dumps(inner)


NOBODYS = Tenancy(TenancyKind.NONE)


@dataclass(frozen=True, slots=True)
class Shape:
    """The tenancy of every relation, the table of users, and the membership table (None: there is none).

    `accounts` is the application's own table of users, whose key is another one than that of `users`; `single` are the
    relations of which policies read one row for a caller, and no more.
    """

    of: Mapping[str, Tenancy]
    users: str | None
    membership: str | None
    membership_user: str = ""
    membership_tenant: str = ""
    accounts: str | None = None
    account_user: str = ""
    account_key: str = ""
    single: frozenset[str] = frozenset()

    def names_account(self, relation: Relation, column: str) -> bool:
        """Whether a column names a user by the key of the application's own table of users."""
        if self.accounts is None:
            return False
        if relation.name == self.accounts:
            return column == self.account_key
        return any(k.target == self.accounts and k.columns == (column,) for k in relation.foreign_keys)

    def tenancy(self, relation: str) -> Tenancy:
        """How a relation's rows name their owner."""
        return self.of.get(relation, NOBODYS)

    def kind(self, relation: str) -> TenancyKind:
        """What the owner of a relation's rows is."""
        return self.tenancy(relation).kind


def infer(catalog: Catalog, config: Config) -> Shape:
    """Work out every relation's tenancy. Raises BadInput where the configuration names what is not there."""
    users = next((u for u in _USERS if u in catalog.relations), None)
    declared = {_named(catalog, n).name: text for n, text in config.tenancy.items()}
    accounts = _accounts(catalog, declared, users)
    ends = frozenset(filter(None, (users, accounts[0])))
    of = {name: _declared(catalog, name, text, ends) for name, text in declared.items()}
    if users:
        of.setdefault(users, Tenancy(TenancyKind.USER, "id"))
    if accounts[0]:
        of.setdefault(accounts[0], Tenancy(TenancyKind.USER, accounts[1]))
    membership = _said_membership(catalog, config) or _membership(catalog, of, ends)
    if joined := _joined(catalog, membership):
        of.setdefault(joined.target, Tenancy(TenancyKind.MEMBER, joined.target_columns[0]))
    tables = [r for r in catalog.relations.values() if r.kind in STORED]
    for relation in sorted(tables, key=lambda r: bool(r.parents)):
        if relation.name not in of:
            of[relation.name] = _inherited(relation, of) or _guess(relation, ends, membership, of)
    for relation in tables:  # a table without a tenant of its own belongs to whom the rows that it refers to belong
        if of[relation.name].kind is TenancyKind.NONE:
            for key in relation.foreign_keys:
                if of.get(key.target, NOBODYS).kind is not TenancyKind.NONE and key.target != relation.name:
                    of[relation.name] = Tenancy(TenancyKind.VIA, key.columns[0], key.target)
                    break
    for relation in tables:
        of[relation.name] = _through(relation, of)
    table, user, tenant = membership or (None, "", "")
    name, account_user, account_key = accounts
    single = frozenset(_single(catalog))
    return Shape(of, users, table, user, tenant, name, account_user, account_key, single)


def _accounts(catalog: Catalog, declared: Mapping[str, str], users: str | None) -> tuple[str | None, str, str]:
    """The application's own table of users: its name, the column that names the user, and its key."""
    for relation in catalog.relations.values():
        primary = relation.primary
        if relation.name == users or relation.kind not in STORED or len(primary) != 1:
            continue
        column = declared.get(relation.name, "").partition("@")[0]
        named = column if column != primary[0] and "@" not in declared.get(relation.name, "") else ""
        unique = {k.columns[0] for k in relation.keys if len(k.columns) == 1 and not k.exclusion}
        keyed = [k.columns[0] for k in relation.foreign_keys if k.target == users and k.columns[0] in unique]
        user = next((c for c in (*keyed, named) if c and c != primary[0] and (c in unique)), "")
        led = any(
            k.target == relation.name and k.target_columns == primary
            for r in catalog.relations.values()
            if r.name != relation.name
            for k in r.foreign_keys
        )
        if user and led and re.search("user|account|profile|person|people", relation.table):
            return relation.name, user, primary[0]
    return None, "", ""


def _single(catalog: Catalog) -> Iterator[str]:
    """The relations of which a policy reads the caller's row as one value: he has one, or every policy fails."""
    for relation in catalog.relations.values():
        for name, conditions in (s for text in policy_texts(relation) for s in scalar_selects(text)):
            of_caller = any(c.other.caller in USER_CALLERS for c in conditions)
            if of_caller and (found := catalog.find(name)):
                yield found.name


def policy_texts(relation: Relation) -> list[str]:
    """The expressions of a relation's policies."""
    return [e for p in relation.policies for e in (p.using, p.check) if e]


def policy_comparisons(relation: Relation) -> list[Comparison]:
    """What a relation's policies compare its own columns with."""
    names = {c.name for c in relation.columns}
    found = (c for text in policy_texts(relation) for c in comparisons(text))
    return [c for c in found if c.column.column in names and c.column.of in ("", relation.table)]


def _of_caller(relation: Relation, column: str) -> bool:
    """Whether a policy compares a column with the caller's id, however it is written."""
    return any(
        c.column.column == column and not c.column.path and not c.column.folder and c.other.caller in USER_CALLERS
        for c in policy_comparisons(relation)
        if c.operator == "=" and not c.negated
    )


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


def _declared(catalog: Catalog, name: str, text: str, ends: frozenset[str]) -> Tenancy:
    relation = catalog.relations[name]
    written, _, source = text.partition("@")
    found = _WITHIN.match(written)
    column, key = (found[1], found[2]) if found else (written, "")
    if relation.column(column) is None:
        raise BadInput(f'[tenancy] "{name}" = "{text}": {relation.name} has no column {column}; name one that it has')
    if source == "member":
        return Tenancy(TenancyKind.MEMBER, column, key=key)
    if source == "email":
        return Tenancy(TenancyKind.EMAIL, column, key=key)
    if source == "user":
        return Tenancy(TenancyKind.USER, column, key=key)
    if "{" in source:
        return Tenancy(TenancyKind.PATTERN, column, source)
    if source:
        return Tenancy(TenancyKind.TENANT, column, key=key)
    if key:
        return Tenancy(TenancyKind.TENANT if _TENANT.match(key) else TenancyKind.USER, column, key=key)
    return _leads(catalog, relation, column, ends)


def _leads(catalog: Catalog, relation: Relation, column: str, ends: frozenset[str]) -> Tenancy:
    """Follow foreign keys from a column: to the users it is a user's id, else a tenant's."""
    seen: set[tuple[str, str]] = set()
    at: Relation | None = relation
    name = column
    while at is not None and (at.name, name) not in seen:
        seen.add((at.name, name))
        if at.name in ends:
            return Tenancy(TenancyKind.USER, column)
        key = next((k for k in at.foreign_keys if name in k.columns), None)
        if key is None:
            break
        name = key.target_columns[key.columns.index(name)]
        at = catalog.relations.get(key.target)
        if key.target in ends:
            return Tenancy(TenancyKind.USER, column)
    if _of_caller(relation, column):
        return Tenancy(TenancyKind.USER, column)
    if not seen - {(relation.name, column)} and _USER.match(column):
        return Tenancy(TenancyKind.USER, column)
    return Tenancy(TenancyKind.TENANT, column)


def _said_membership(catalog: Catalog, config: Config) -> tuple[str, str, str] | None:
    """As declared. Raises BadInput where there is no such table or column."""
    said = config.membership
    if said is None:
        return None
    relation = catalog.find(said.relation)
    missing = [c for c in (said.user, said.tenant) if relation is None or relation.column(c) is None]
    if relation is None or missing:
        what = f"column {missing[0]}" if relation else "relation"
        raise BadInput(f'[membership] "{said.relation}": no such {what}; name one that is there')
    return relation.name, said.user, said.tenant


def _membership(catalog: Catalog, of: Mapping[str, Tenancy], ends: frozenset[str]) -> tuple[str, str, str] | None:
    """The table with a foreign key to the users and one to what has members."""
    found: list[tuple[int, str, str, str]] = []
    for relation in catalog.relations.values():
        to_user = next(
            (
                k
                for k in relation.foreign_keys
                if _leads(catalog, relation, k.columns[0], ends).kind is TenancyKind.USER
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
            if not user or key.columns[0] == user or key.target in ends:
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
    relation: Relation, ends: frozenset[str], membership: tuple[str, str, str] | None, of: Mapping[str, Tenancy]
) -> Tenancy:
    if membership and relation.name == membership[0]:
        return Tenancy(TenancyKind.USER, membership[1])
    tenants = {n for n, t in of.items() if t.kind is TenancyKind.MEMBER}
    for key in relation.foreign_keys:
        if key.target in tenants:
            return Tenancy(TenancyKind.TENANT, key.columns[0])
    for key in relation.foreign_keys:
        if key.target in ends and (len(key.columns) == 1):
            return Tenancy(TenancyKind.USER, key.columns[0])
    for column in relation.columns:
        if _TENANT.match(column.name):
            return Tenancy(TenancyKind.TENANT, column.name)
    if found := _by_policies(relation):
        return found
    named = next((c.name for c in relation.columns if _USER.match(c.name)), None)
    return Tenancy(TenancyKind.USER, named) if named else NOBODYS


def _by_policies(relation: Relation) -> Tenancy | None:
    """What a policy compares with the caller's id: a folder of a name, a column, a key within a document."""
    for c in sorted(policy_comparisons(relation), key=lambda c: not c.column.folder):
        if c.operator != "=" or c.negated or c.other.caller not in USER_CALLERS:
            continue
        if c.column.folder:
            return Tenancy(TenancyKind.PATTERN, c.column.column, "*/" * (c.column.folder - 1) + "{user}/...")
        return Tenancy(TenancyKind.USER, c.column.column, key=c.column.path[-1] if c.column.path else "")
    return None
