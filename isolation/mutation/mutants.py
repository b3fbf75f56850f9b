"""Every way to break a protection, one at a time: policies, grants, flags, views, routines, triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..database.clones import Connection
from ..model.catalog import Catalog, Command, Policy, Relation, RelationKind, Routine
from ..model.sql import quote
from . import rewriting

WRITES = ("insert", "update", "delete")
_ROUTINES = """
select p.oid::int8, l.lanname, p.prosrc, pg_get_functiondef(p.oid), pg_get_function_identity_arguments(p.oid),
  coalesce((select array_agg(distinct t.tgrelid::int8) from pg_trigger t where t.tgfoid = p.oid), '{}')
from pg_proc p join pg_language l on l.oid = p.prolang join pg_namespace n on n.oid = p.pronamespace
where p.prokind in ('f', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
_TRIGGERS = """
select t.tgname, t.tgrelid::int8 from pg_trigger t join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal and p.prosrc ~* '\\mraise exception\\M'
"""


class Breakage(StrEnum):
    """What kind of thing is broken."""

    OTHER = "other"
    GRANT = "grant"
    USING = "using"
    CHECK = "with check"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One breakage: of which object, what is done to it, and who would profit by which privileges.

    `roles` empty means all that attackers act in but those `outside`; `bound` is the condition that is left, and
    `condition` the one that was made true.
    """

    object: str
    change: str
    statements: tuple[str, ...]
    relation: str | None = None
    routine: str | None = None
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    bound: str = ""
    breakage: Breakage = Breakage.OTHER
    condition: str = ""


class MutantGenerator:
    """Lists the mutants of one catalog; ``roles`` are those that attackers act in."""

    def __init__(self, connection: Connection, catalog: Catalog, roles: tuple[str, ...]) -> None:
        self.connection, self.catalog, self.roles = connection, catalog, roles
        self.by_oid = {r.oid: r for r in catalog.relations.values()}

    def all(self) -> Iterator[Mutant]:
        """Every mutant that changes something."""
        seen: set[tuple[str, ...]] = set()
        for mutant in self._all():
            says = tuple(statement.lower() for statement in mutant.statements)
            if says not in seen:
                seen.add(says)
                yield mutant

    def _all(self) -> Iterator[Mutant]:
        for relation in self.catalog.relations.values():
            if relation.row_security:
                yield from self._flags(relation)
            for policy in relation.policies:
                yield from _policy(relation, policy)
            yield from self._grants(relation)
            yield from _view(relation)
        yield from self._routines()
        yield from self._triggers()

    def _flags(self, relation: Relation) -> Iterator[Mutant]:
        off = f"alter table {relation.sql} disable row level security"
        yield Mutant(relation.name, "row security off", (off,), relation.name, None, ("select", *WRITES))
        if relation.forced:
            free = f"alter table {relation.sql} no force row level security"
            yield Mutant(relation.name, "no longer forced on its owner", (free,), relation.name)

    def _grants(self, relation: Relation) -> Iterator[Mutant]:
        usage = f"grant usage on schema {quote(relation.schema)} to "
        for role in self.roles:
            for privileges in (("select", *WRITES), ("truncate",)) if relation.tabular else (("select",),):
                missing = "select p from unnest(%s::text[]) p where not has_table_privilege(%s, %s::regclass, p)"
                found = self.connection.execute(missing, (list(privileges), role, relation.sql))
                lacking = tuple(str(p) for (p,) in found)
                if not lacking:
                    continue
                granted = f"grant {', '.join(lacking)} on {relation.sql} to {quote(role)}"
                says = f"{', '.join(lacking)} granted to {role}"
                yield Mutant(
                    relation.name,
                    says,
                    (usage + quote(role), granted),
                    relation.name,
                    None,
                    lacking,
                    (role,),
                    breakage=Breakage.GRANT,
                )

    def _routines(self) -> Iterator[Mutant]:
        known = {r.oid: r for r in self.catalog.routines}
        for oid, language, source, definition, arguments, fired in self.connection.execute(_ROUTINES).fetchall():
            routine = known.get(oid)
            relation = self.by_oid.get(fired[0]) if fired else None
            if routine is None and relation is None:
                continue
            name = routine.signature if routine else f"a trigger's routine on {relation.name if relation else ''}"
            at = relation.name if relation else None
            reached = routine is None or self._reached(routine)
            for condition, changed in rewriting.bodies(definition, source, language) if reached else ():
                if changed != definition:
                    says = f"without {' '.join(condition.split())}"
                    called = routine.name if routine else None
                    yield Mutant(name, says, (changed,), at, called, breakage=Breakage.CONDITION, condition=condition)
            if routine is None or routine.returns == "trigger":
                continue
            signature = f"{routine.sql}({arguments})"
            for role in self.roles:
                if role not in routine.executors and routine.definer:
                    grants = (
                        f"grant usage on schema {quote(routine.schema)} to {quote(role)}",
                        f"grant execute on routine {signature} to {quote(role)}",
                    )
                    yield Mutant(
                        name,
                        f"execution granted to {role}",
                        grants,
                        None,
                        routine.name,
                        ("execute",),
                        (role,),
                        breakage=Breakage.GRANT,
                    )
            if not routine.definer and routine.executors:
                turned = f"alter routine {signature} security definer"
                yield Mutant(name, "runs with its owner's rights", (turned,), None, routine.name)

    def _reached(self, routine: Routine) -> bool:
        """Whether an attacker may call it, or a policy or a view does."""
        called = rf"\b{re.escape(routine.routine)}\("
        texts = [p.using or "" for r in self.catalog.relations.values() for p in r.policies]
        texts += [p.check or "" for r in self.catalog.relations.values() for p in r.policies]
        texts += [r.definition or "" for r in self.catalog.relations.values()]
        return bool(set(self.roles) & set(routine.executors)) or bool(re.search(called, " ".join(texts)))

    def _triggers(self) -> Iterator[Mutant]:
        for name, oid in self.connection.execute(_TRIGGERS).fetchall():
            relation = self.by_oid.get(oid)
            if relation is not None:
                off = f"alter table {relation.sql} disable trigger {quote(name)}"
                yield Mutant(relation.name, f"trigger {name} off", (off,), relation.name, None, WRITES)


def _policy(relation: Relation, policy: Policy) -> Iterator[Mutant]:
    name, command = f"{policy.name} on {relation.name}", policy.command
    on = f"{quote(policy.name)} on {relation.sql}"
    needs: tuple[str, ...] = ("select", *WRITES) if command is Command.ALL else (command,)
    about: dict[str, Any] = {"relation": relation.name, "privileges": needs}
    drop = f"drop policy {on}"
    if not policy.permissive:
        yield Mutant(name, "dropped", (drop,), **about)
        again = _create(relation, policy, permissive=True)
        yield Mutant(name, "permissive instead of restrictive", (drop, again), **about)
    elif command in (Command.SELECT, Command.ALL):
        yield Mutant(name, "dropped", (drop,), **about)
    for part, text in ((Breakage.USING, policy.using), (Breakage.CHECK, policy.check)):
        if text is None:
            continue
        yield Mutant(name, f"{part} (true)", (f"alter policy {on} {part} (true)",), **about, breakage=part)
        for _, changed in rewriting.expressions(text):
            says = f"{part} ({' '.join(changed.split())})"
            yield Mutant(name, says, (f"alter policy {on} {part} ({changed})",), **about, bound=changed, breakage=part)
    if policy.check is not None and policy.using is not None and policy.check != policy.using:
        again = _create(relation, policy, permissive=policy.permissive, check=False)
        yield Mutant(name, "with check left out", (drop, again), **about)
    if policy.permissive and "public" not in policy.roles:
        yield Mutant(name, "to everybody", (f"alter policy {on} to public",), **about, outside=policy.roles)


def _create(relation: Relation, policy: Policy, *, permissive: bool, check: bool = True) -> str:
    roles = ", ".join("public" if r == "public" else quote(r) for r in policy.roles)
    words = [f"create policy {quote(policy.name)} on {relation.sql} as {'permissive' if permissive else 'restrictive'}"]
    words.append(f"for {policy.command} to {roles or 'public'}")
    if policy.using is not None:
        words.append(f"using ({policy.using})")
    if policy.check is not None and check:
        words.append(f"with check ({policy.check})")
    return " ".join(words)


def _view(relation: Relation) -> Iterator[Mutant]:
    if relation.kind is not RelationKind.VIEW:
        return
    options = {o.split("=")[0] for o in relation.options}
    for option in ("security_invoker", "security_barrier", "check_option"):
        if option in options:
            reset = f"alter view {relation.sql} reset ({option})"
            yield Mutant(relation.name, f"{option} taken off", (reset,), relation.name, None, ("select", *WRITES))
    for condition, changed in rewriting.queries((relation.definition or "").rstrip("; \n")):
        again = f"create or replace view {relation.sql}"
        if relation.options:
            again += f" with ({', '.join(relation.options)})"
        says = f"without {' '.join(condition.split())}"
        yield Mutant(relation.name, says, (f"{again} as {changed}",), relation.name, None, ("select", *WRITES))
