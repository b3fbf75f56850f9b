"""Why nobody can profit by a breakage, where that can be told from the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..model.actors import Actor
from ..model.catalog import Catalog, Command, Relation, RelationKind
from ..planting.dataset import Dataset
from .mutants import Breakage, Mutant
from .reach import asking

_ASKS = re.compile(r"\bauth\.(uid|jwt)\(|\bcurrent_setting\(|\bof_caller\(|caller_is\(")
_BINDS = re.compile(r"\b((?:\w+\.)?)(\w+)\s*=\s*(?:cast\s*\(|\()?\s*auth\.(?:uid|jwt)\(", re.I)


def idle(connection: Any, world: Dataset, attackers: Sequence[Actor], catalog: Catalog, mutant: Mutant) -> str | None:
    """Why nobody can profit by a breakage, where that can be told from the catalog; else None."""
    roles = [r for r in dict.fromkeys(a.role for a in attackers) if r not in mutant.outside]
    roles = list(mutant.roles) or roles
    if mutant.relation:
        return _idle_relation(connection, world, catalog, mutant, catalog.relations[mutant.relation], roles)
    routine = next((r for r in catalog.routines if r.name == mutant.routine), None)
    if routine and not _touches(catalog, routine.source):
        return "the routine reads and writes no relation: it only computes"
    if routine and not mutant.privileges and _bound_twice(routine.source, mutant):
        return "another condition binds the same row to the caller's signed claims"
    if routine and mutant.privileges and _ASKS.search(routine.source):
        return "the routine itself asks who calls, and answers for the caller"
    if routine and not set(roles) & set(routine.executors) and not asking(catalog, routine.routine + "("):
        return "no attacker may call it, and no policy does"
    return None


def _bound_twice(source: str, mutant: Mutant) -> bool:
    """Whether a condition that asks who calls was dropped, and one that is left asks it of the same row."""
    left = [row for row, _ in _BINDS.findall(source)]
    gone = _BINDS.search(mutant.condition)
    return bool(gone and gone[1] in left)


def _touches(catalog: Catalog, source: str, depth: int = 0) -> bool:
    if any(re.search(rf"\b{re.escape(r.table)}\b", source) for r in catalog.relations.values()):
        return True
    called = [r for r in catalog.routines if re.search(rf"\b{re.escape(r.routine)}\(", source)]
    return depth < 4 and any(_touches(catalog, r.source, depth + 1) for r in called)


def _idle_relation(
    connection: Any, world: Dataset, catalog: Catalog, mutant: Mutant, relation: Relation, roles: Sequence[str]
) -> str | None:
    if not mutant.privileges:
        return None if relation.owner in roles else f"its owner {relation.owner} is no role that an attacker acts in"
    held = list(_held(connection, relation, roles, mutant.privileges))
    if not held:
        return f"no attacker is granted {' or '.join(mutant.privileges)} on it"
    if relation.kind is RelationKind.VIEW and "security_invoker=true" in relation.options:
        return _behind(connection, world, catalog, mutant, relation, roles)
    if relation.row_security and not any(_let_in(relation, role, privilege) for role, privilege in held):
        return "no policy lets the roles that are granted it at any row"
    if mutant.privileges == ("truncate",) and (others := _referring(connection, catalog, relation, roles)):
        return f"{others[0]} refers to it, and may not be emptied with it"
    column = world.shape.tenancy(relation.name).column
    if mutant.breakage is Breakage.CHECK and mutant.privileges == ("update",) and relation.column(column):
        moves = "select bool_or(has_column_privilege(r, %s::regclass, %s, 'update')) from unnest(%s::text[]) r"
        if connection.execute(moves, (relation.sql, column, list(roles))).fetchone() == (False,):
            return f"no attacker is granted update on {column}: a row cannot be moved"
    if (
        mutant.breakage is Breakage.USING
        and mutant.privileges == ("update",)
        and _stays(connection, relation, column, roles)
    ):
        return f"the new row is still checked against {column}, which no attacker is granted to change"
    if mutant.bound and column and re.search(rf"\b{re.escape(column)}\b", mutant.bound):
        return f"the conditions that are left still bind {column}"
    return None


def _stays(connection: Any, relation: Relation, column: str, roles: Sequence[str]) -> bool:
    """Whether every check of a new row names the tenant's column, and nobody may change that."""
    checks = [
        p.check or p.using or ""
        for p in relation.policies
        if p.permissive and p.command in (Command.UPDATE, Command.ALL)
    ]
    if not checks or not all(re.search(rf"\b{re.escape(column)}\b", check) for check in checks):
        return False
    moves = "select bool_or(has_column_privilege(r, %s::regclass, %s, 'update')) from unnest(%s::text[]) r"
    return bool(connection.execute(moves, (relation.sql, column, list(roles))).fetchone() == (False,))


def _behind(
    connection: Any, world: Dataset, catalog: Catalog, mutant: Mutant, view: Relation, roles: Sequence[str]
) -> str | None:
    """Why what a view reads with its caller's rights stops the caller all the same."""
    for name in view.reads:
        base = catalog.relations.get(name)
        why = _idle_relation(connection, world, catalog, mutant, base, roles) if base else None
        if why:
            return f"it reads {name} with the caller's rights: {why}"
    return None


def _referring(connection: Any, catalog: Catalog, relation: Relation, roles: Sequence[str]) -> list[str]:
    """The relations that TRUNCATE … CASCADE would have to empty as well, and that no attacker may."""
    query = "select bool_or(has_table_privilege(r, %s::regclass, 'truncate')) from unnest(%s::text[]) r"
    return [
        r.name
        for r in catalog.relations.values()
        if r.name != relation.name
        and any(k.target == relation.name for k in r.foreign_keys)
        and connection.execute(query, (r.sql, list(roles))).fetchone() == (False,)
    ]


def _held(
    connection: Any, relation: Relation, roles: Sequence[str], privileges: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for role in roles:
        for privilege in privileges:
            asked = "has_table_privilege" if privilege in ("delete", "truncate") else "has_any_column_privilege"
            query = f"select {asked}(%s, %s::regclass, %s) and has_schema_privilege(%s, %s, 'usage')"
            given = (role, relation.sql, privilege, role, relation.schema)
            if connection.execute(query, given).fetchone() == (True,):
                yield role, privilege


def _let_in(relation: Relation, role: str, privilege: str) -> bool:
    """Whether some permissive policy speaks of this role and command."""
    return privilege == "truncate" or any(
        p.permissive and p.command in (privilege, Command.ALL) and ({"public", role} & set(p.roles) or not p.roles)
        for p in relation.policies
    )
