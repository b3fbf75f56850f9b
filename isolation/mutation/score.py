"""The proof's own proof: the protection is broken on purpose, piece by piece, and each breakage must be noticed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import psycopg

from isolation.actors.cast import Actor
from isolation.attempts.cell_log import Ledger
from isolation.attempts.controls import Seat
from isolation.attempts.session import Arena, Outcome
from isolation.database.clones import Workshop, connect
from isolation.engine.prove import Proof
from isolation.introspection.catalog import read
from isolation.introspection.tenancy import Tenancy
from isolation.model.catalog import Catalog, Relation
from isolation.mutation.mutants import Breeder, Mutant
from isolation.probes import own_rows, privileges, routines, statements, two_steps

QUICK = ("B", "anon")
_ASKS = re.compile(r"\bauth\.(uid|jwt)\(|\bcurrent_setting\(|\bof_caller\(|caller_is\(")
_BINDS = re.compile(r"\b((?:\w+\.)?)(\w+)\s*=\s*(?:cast\s*\(|\()?\s*auth\.(?:uid|jwt)\(", re.I)
_POLICY = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}


class Noticed(Exception):
    """A leak that was not there before the protection was broken."""


@dataclass(slots=True)
class Tripwire(Ledger):
    """A ledger that ends the attack at the first leak that the unbroken database does not have."""

    known: frozenset[tuple[str, str, str]] = frozenset()

    def leak(
        self,
        kind: str,
        actor: Actor,
        relation: str,
        operation: str,
        seen: str,
        statements: tuple[str, ...],
        fix: str,
        before: str = "",  # noqa: ARG002
    ) -> None:
        """Stop."""
        if (actor.name, relation, operation) not in self.known:
            raise Noticed(f"{kind}: {actor.name} {operation} {relation}: {seen} by {statements}; {fix}")


class Unasked(Seat):
    """A seat that asks for no control: what is blocked in a mutant is of no interest."""

    def controls(self, actor: Actor | None, tries: Sequence[tuple[str, ...]], before: str = "") -> list[Outcome]:  # noqa: ARG002
        """Nothing came of them."""
        return [Outcome() for _ in tries]

    def as_owner(self, tries: Sequence[tuple[str, ...]]) -> list[Outcome]:
        """Nothing came of them."""
        return [Outcome() for _ in tries]


class Attempted(Proof):
    """A proof without controls."""

    @cached_property
    def seat(self) -> Seat:
        """Where a mutant is attacked from."""
        return Unasked(self.arena, self.control, self.owner())


@dataclass(frozen=True, slots=True)
class Survivor:
    """A breakage that nothing noticed: ``equivalent`` where nobody can profit by it, else ``missed``."""

    object: str
    mutation: str
    kind: str
    why: str


@dataclass(slots=True)
class Score:
    """How many breakages were tried, and which were noticed."""

    mutants: int = 0
    killed: int = 0
    refused: int = 0
    survivors: list[Survivor] = field(default_factory=list)

    def document(self, duration_s: float) -> dict[str, Any]:
        """As in the JSON output."""
        equivalent = sum(s.kind == "equivalent" for s in self.survivors)
        counted = self.mutants - equivalent
        return {
            "mutants": self.mutants,
            "killed": self.killed,
            "equivalent": equivalent,
            "missed": counted - self.killed,
            "score": round(self.killed / counted, 4) if counted else None,
            "survivors": [asdict(s) for s in self.survivors],
            "duration_s": round(duration_s, 3),
        }


def score(proof: Proof, shop: Workshop, pristine: str) -> dict[str, Any]:
    """Break each piece in a clone of the planted database, and attack what it may open."""
    began, told = time.perf_counter(), Score()
    roles = tuple(dict.fromkeys(a.role for a in proof.attackers))
    known = frozenset((f.actor, f.relation, f.operation) for f in proof.ledger.findings)
    with connect(shop.clone(pristine)) as connection:
        mutants = list(Breeder(connection, proof.catalog, roles).all())
    for mutant in mutants:
        _try(proof, shop, pristine, mutant, known, told)
    return told.document(time.perf_counter() - began)


def _try(
    proof: Proof, shop: Workshop, pristine: str, mutant: Mutant, known: frozenset[tuple[str, str, str]], told: Score
) -> None:
    dsn = shop.clone(pristine)
    try:
        with connect(dsn) as connection:
            for statement in mutant.statements:
                connection.execute(statement.encode())
            catalog = read(connection)
            idle = _idle(connection, proof, catalog, mutant)
    except psycopg.Error:
        shop.drop(dsn)  # PostgreSQL refuses the breakage: there is no such mutant
        return
    told.mutants += 1
    arena = Arena(dsn, proof.world)
    try:
        _attack(proof, arena, catalog, mutant, known, whole=idle is None)
    except Noticed:
        told.killed += 1
    else:
        kind, why = ("equivalent", idle) if idle else ("missed", "no attempt noticed it")
        told.survivors.append(Survivor(mutant.object, mutant.change, kind, why))
    finally:
        arena.close()
        shop.drop(dsn)


def _attack(
    proof: Proof, arena: Arena, catalog: Catalog, mutant: Mutant, known: frozenset[tuple[str, str, str]], *, whole: bool
) -> None:
    """What the breakage may open: likely attackers first, then everybody and everything."""
    relations = _reached(proof.catalog, mutant)
    called = tuple(r for r in catalog.routines if _calls(proof.catalog, mutant, r.name, r.source))
    seen = replace(catalog, relations=proof.catalog.relations, routines=called)
    broken = Attempted(
        seen, proof.config, proof.planter, proof.world, proof.cast, arena, proof.control, Tripwire(known=known)
    )
    everybody = broken.attackers
    broken.attackers = [a for a in everybody if a.name in QUICK]
    for name in relations:
        statements.decide(broken, name)
    routines.probe(broken)
    own_rows.probe(broken)
    _locked_out(proof, broken, relations)
    if whole:
        if "granted" in mutant.change:
            privileges.probe(broken)
        broken.attackers = everybody
        for name in relations:
            statements.decide(broken, name)
        routines.probe(broken)
        if mutant.relation and (
            _asking(proof.catalog, mutant.relation.split(".")[-1]) or mutant.relation == proof.world.shape.membership
        ):
            two_steps.probe(broken)


def _locked_out(proof: Proof, broken: Proof, relations: Sequence[str]) -> None:
    """Raises Noticed where the tenant read rows before the breakage, and reads none after it."""
    reads = [(f"select * from {proof.catalog.relations[name].sql}",) for name in relations]
    before, after = (p.arena.each(p.owner(), reads, look=False) for p in (proof, broken))
    for name, then, now in zip(relations, before, after, strict=True):
        if then.rows and not now.rows:
            raise Noticed(f"locked out: A reads none of its own rows of {name} any more: {now.error}")


def _reached(catalog: Catalog, mutant: Mutant) -> list[str]:
    """The relations through which a breakage shows: itself, its family, views on it, and what asks it."""
    found: list[str] = []
    todo = [mutant.relation] if mutant.relation else []
    if mutant.routine:
        todo += _asking(catalog, mutant.routine.split(".")[-1] + "(")
    while todo:
        name = todo.pop(0)
        if name in found or name not in catalog.relations:
            continue
        found.append(name)
        relation = catalog.relations[name]
        todo += [*relation.parents, *(c.name for c in catalog.children(name))]
        todo += [r.name for r in catalog.relations.values() if name in r.reads]
        todo += _asking(catalog, relation.table)
    return found


def _asking(catalog: Catalog, word: str) -> list[str]:
    """The relations whose policies name this."""
    named = re.compile(rf"\b{re.escape(word)}" + ("" if word.endswith("(") else r"\b"))
    return [
        r.name
        for r in catalog.relations.values()
        if any(e and named.search(e) for p in r.policies for e in (p.using, p.check))
    ]


def _calls(catalog: Catalog, mutant: Mutant, name: str, source: str) -> bool:
    """Whether a routine is the one that was broken, or calls it, or works on the relation that was."""
    if mutant.routine:
        return name == mutant.routine or mutant.routine.split(".")[-1] + "(" in source
    table = catalog.relations[mutant.relation].table if mutant.relation else ""
    return bool(table and re.search(rf"\b{re.escape(table)}\b", source))


def _idle(connection: Any, proof: Proof, catalog: Catalog, mutant: Mutant) -> str | None:
    """Why nobody can profit by a breakage, where that can be told from the catalog; else None."""
    roles = [r for r in dict.fromkeys(a.role for a in proof.attackers) if r not in mutant.outside]
    roles = list(mutant.roles) or roles
    if mutant.relation:
        return _idle_relation(connection, proof, catalog, mutant, catalog.relations[mutant.relation], roles)
    routine = next((r for r in catalog.routines if r.name == mutant.routine), None)
    if routine and not _touches(catalog, routine.source):
        return "the routine reads and writes no relation: it only computes"
    if routine and not mutant.privileges and _bound_twice(routine.source, mutant.change):
        return "another condition binds the same row to the caller's signed claims"
    if routine and mutant.privileges and _ASKS.search(routine.source):
        return "the routine itself asks who calls, and answers for the caller"
    if routine and not set(roles) & set(routine.executors) and not _asking(catalog, routine.routine + "("):
        return "no attacker may call it, and no policy does"
    return None


def _bound_twice(source: str, change: str) -> bool:
    """Whether a condition that asks who calls was dropped, and one that is left asks it of the same row."""
    left = [row for row, _ in _BINDS.findall(source)]
    gone = _BINDS.search(change)
    return bool(gone and change.startswith("without") and gone[1] in left)


def _touches(catalog: Catalog, source: str, depth: int = 0) -> bool:
    if any(re.search(rf"\b{re.escape(r.table)}\b", source) for r in catalog.relations.values()):
        return True
    called = [r for r in catalog.routines if re.search(rf"\b{re.escape(r.routine)}\(", source)]
    return depth < 4 and any(_touches(catalog, r.source, depth + 1) for r in called)


def _idle_relation(
    connection: Any, proof: Proof, catalog: Catalog, mutant: Mutant, relation: Relation, roles: Sequence[str]
) -> str | None:
    if not mutant.privileges:
        return None if relation.owner in roles else f"its owner {relation.owner} is no role that an attacker acts in"
    held = list(_held(connection, relation, roles, mutant.privileges))
    if not held:
        return f"no attacker is granted {' or '.join(mutant.privileges)} on it"
    if relation.kind == "v" and "security_invoker=true" in relation.options:
        return _behind(connection, proof, catalog, mutant, relation, roles)
    if relation.row_security and not any(_let_in(relation, role, privilege) for role, privilege in held):
        return "no policy lets the roles that are granted it at any row"
    if mutant.privileges == ("truncate",) and (others := _referring(connection, catalog, relation, roles)):
        return f"{others[0]} refers to it, and may not be emptied with it"
    column = proof.world.shape.of.get(relation.name, Tenancy("none")).column
    if mutant.change.startswith("with check") and mutant.privileges == ("update",) and relation.column(column):
        moves = "select bool_or(has_column_privilege(r, %s::regclass, %s, 'update')) from unnest(%s::text[]) r"
        if connection.execute(moves, (relation.sql, column, list(roles))).fetchone() == (False,):
            return f"no attacker is granted update on {column}: a row cannot be moved"
    if (
        mutant.change.startswith("using")
        and mutant.privileges == ("update",)
        and _stays(connection, relation, column, roles)
    ):
        return f"the new row is still checked against {column}, which no attacker is granted to change"
    if mutant.bound and column and re.search(rf"\b{re.escape(column)}\b", mutant.bound):
        return f"the conditions that are left still bind {column}"
    return None


def _stays(connection: Any, relation: Relation, column: str, roles: Sequence[str]) -> bool:
    """Whether every check of a new row names the tenant's column, and nobody may change that."""
    checks = [p.check or p.using or "" for p in relation.policies if p.permissive and p.command in "w*"]
    if not checks or not all(re.search(rf"\b{re.escape(column)}\b", check) for check in checks):
        return False
    moves = "select bool_or(has_column_privilege(r, %s::regclass, %s, 'update')) from unnest(%s::text[]) r"
    return bool(connection.execute(moves, (relation.sql, column, list(roles))).fetchone() == (False,))


def _behind(
    connection: Any, proof: Proof, catalog: Catalog, mutant: Mutant, view: Relation, roles: Sequence[str]
) -> str | None:
    """Why what a view reads with its caller's rights stops the caller all the same."""
    for name in view.reads:
        base = catalog.relations.get(name)
        why = _idle_relation(connection, proof, catalog, mutant, base, roles) if base else None
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
        p.permissive and _POLICY[p.command] in (privilege, "all") and ({"public", role} & set(p.roles) or not p.roles)
        for p in relation.policies
    )
