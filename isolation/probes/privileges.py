"""Reach: roles that can be taken on, TRUNCATE, TRIGGER and REFERENCES."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..attempts.effects import changed, seen
from ..model.actors import Actor, ActorKind
from ..model.catalog import Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.sql import quote
from .base import Context, Probe, Try

KIND = "reach"
ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)
SET_ROLE = Operation("SET ROLE", Deed.OPENS)
TRUNCATE = Operation("TRUNCATE", Deed.REMOVES)
PREDEFINED = ("pg_read_all_data", "pg_write_all_data", "pg_read_server_files", "pg_execute_server_program")
_GIVES = {
    "TRIGGER": "code of the actor's runs as everybody who writes to it",
    "REFERENCES": "a table of the actor's tells which keys exist, and keeps them",
}
_MAKES = "returns trigger language plpgsql as $$ begin raise notice '%', new; return new; end $$"


def run(context: Context) -> Iterator[Evidence]:
    """Everything that goes around row security altogether."""
    ways = (_roles, _truncate, _attached)
    for actor, way in context.share(list(product(context.attackers(*ASKING), ways)), "taking on roles"):
        yield from way(context, actor)


def granted(context: Context, name: str, actor: Actor, privilege: str) -> bool:
    """Whether it was granted for this relation, beyond what its schema gives by default."""
    return context.config.model == "sql" or any(
        p == privilege and g in ("public", actor.role) for g, p in context.catalog.specific_grants.get(name, ())
    )


def _roles(context: Context, actor: Actor) -> Iterator[Evidence]:
    config, world = context.config, context.world
    usual = {actor.role} | ({config.member, config.anonymous} if actor.role == config.login else set())
    reads = [f"select * from {r.sql}" for r in context.catalog.relations.values()]
    for role in (*context.catalog.roles, *PREDEFINED):
        take = f"set local role {quote(role)}"
        if role in usual or not context.attempt(actor, (take,)).ran:
            continue
        effect: str = ""
        tried: Try = (take,)
        for read, outcome in zip(reads, context.attempts(actor, [(take, r) for r in reads]), strict=True):
            if outcome.ran and (effect := seen(world, actor, outcome)):
                tried = (take, read)
                break
        fired = any(seen(world, actor, outcome) for outcome in context.controls(None, [(r,) for r in reads]))
        fix = f"revoke {quote(role)} from {quote(actor.role)}"
        yield Evidence(actor, role, SET_ROLE, effect, Control(fired), tried, kind=KIND, fix=fix)


def _attached(context: Context, actor: Actor) -> Iterator[Evidence]:
    """What hangs code or constraints onto a table: whoever may create triggers runs code as all who write there."""
    for relation in context.world.stored:
        for privilege in ("TRIGGER", "REFERENCES"):
            if actor.role == relation.owner or not granted(context, relation.name, actor, privilege):
                continue
            if not (tries := _attachments(context, relation, privilege)):
                continue
            went = [t for t, o in zip(tries, context.attempts(actor, tries, look=False), strict=True) if o.ran]
            effect = _GIVES[privilege] if went else ""
            fix = f"revoke {privilege.lower()} on {relation.sql} from public, {quote(actor.role)}"
            control = Control(any(o.ran for o in context.controls(None, tries, look=False)))
            operation = Operation(privilege, Deed.OPENS)
            tried = (went or tries)[0]
            yield Evidence(actor, relation.name, operation, effect, control, tried, kind=KIND, fix=fix)


def _attachments(context: Context, relation: Relation, privilege: str) -> list[Try]:
    schemas = {r.schema for r in context.catalog.relations.values()} | {"public"}
    places = [f"{quote(s)}.zq_attached" for s in sorted(schemas)]
    if privilege == "TRIGGER":
        return [
            (f"create function {place}() {_MAKES}",
             f"create trigger zq_attached before insert on {relation.sql} for each row execute function {place}()")
            for place in ("pg_temp.zq_attached", *places)
        ]  # fmt: skip
    columns = [c for name in relation.primary if (c := relation.column(name))]
    held = ", ".join(f"{quote(c.name)} {c.type}" for c in columns)
    key = ", ".join(quote(c.name) for c in columns)
    reference = f"foreign key ({key}) references {relation.sql} ({key})"
    return [(f"create table {place} ({held}, {reference})",) for place in places if columns]


def _truncate(context: Context, actor: Actor) -> Iterator[Evidence]:
    for relation in context.world.stored:
        if not granted(context, relation.name, actor, "TRUNCATE") or actor.role == relation.owner:
            continue
        tried = (f"truncate {relation.sql} cascade",)
        outcome = context.attempt(actor, tried)
        effect = changed(context.world, actor, outcome) if outcome.ran else ""
        fired = bool(changed(context.world, actor, context.control(None, tried)))
        fix = f"revoke truncate on {relation.sql} from public, {quote(actor.role)}"
        if effect or fired:
            yield Evidence(actor, relation.name, TRUNCATE, effect, Control(fired), tried, kind=KIND, fix=fix)


PROBE = Probe("taking on roles", ("roles", "TRUNCATE, TRIGGER and REFERENCES"), run)
