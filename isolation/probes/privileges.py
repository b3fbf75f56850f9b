"""Reach: roles that can be taken on, sequences that can be read or moved, TRUNCATE."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from isolation.actors.cast import Actor
from isolation.attempts.effects import changed, seen
from isolation.model.catalog import Sequence_, literal, quote
from isolation.planting.values import TOKEN

if TYPE_CHECKING:
    from isolation.engine.prove import Proof


_GIVES = {
    "TRIGGER": "code of the actor's runs as everybody who writes to it",
    "REFERENCES": "a table of the actor's tells which keys exist, and keeps them",
}
_OBJECTS = "pg_catalog.pg_largeobject"
_BESIDE = {
    "pg_read_file": "select pg_read_file('PG_VERSION')",
    "pg_read_binary_file": "select pg_read_binary_file('PG_VERSION')",
    "pg_ls_dir": "select pg_ls_dir('.')",
    "lo_import": "select lo_import('PG_VERSION')",
    "COPY TO a file": "copy (select 1) to '/dev/null'",
    "COPY TO a program": "copy (select 1) to program 'cat > /dev/null'",
}
PREDEFINED = ("pg_read_all_data", "pg_write_all_data", "pg_read_server_files", "pg_execute_server_program")


def probe(proof: Proof) -> None:
    """Everything that goes around row security altogether."""
    actors = [a for a in proof.attackers if a.name in ("B", "anon")]
    for actor, way in proof.turns.of(
        list(product(actors, (_roles, _sequences, _truncate, _attached, _server, _objects)))
    ):
        way(proof, actor)


def _granted(proof: Proof, name: str, actor: Actor, privilege: str) -> bool:
    """Whether it was granted for this relation, beyond what its schema gives by default."""
    return proof.config.model == "sql" or any(
        p == privilege and g in ("public", actor.role) for g, p in proof.catalog.specific_grants.get(name, ())
    )


def _roles(proof: Proof, actor: Actor) -> None:
    usual = {actor.role} | (
        {proof.config.member, proof.config.anonymous} if actor.role == proof.config.login else set()
    )
    for role in (*proof.catalog.roles, *PREDEFINED):
        take = f"set local role {quote(role)}"
        if role in usual or proof.arena.attempt(actor, (take,)).state is not None:
            continue
        effect = then = ""
        for relation in proof.catalog.relations.values():
            outcome = proof.arena.attempt(actor, (take, f"select * from {relation.sql}"))
            if not effect and outcome.state is None and (effect := seen(proof.world, actor, outcome)):
                then = f"select * from {relation.sql}"
        proof.controls_fired += any(
            seen(proof.world, actor, proof.control.attempt(None, (f"select * from {r.sql}",)))
            for r in proof.catalog.relations.values()
        )
        if effect:
            proof.ledger.leak(
                "reach", actor, role, "SET ROLE", effect, (take, then), f"revoke {role} from {actor.role}"
            )
        else:
            proof.ledger.mark(actor.name, role, "SET ROLE", "blocked")


def _sequences(proof: Proof, actor: Actor) -> None:
    for sequence in proof.catalog.sequences:
        for privilege, operation, statement in (
            ("SELECT", "READ SEQUENCE", f"select last_value from {sequence.sql}"),
            ("UPDATE", "SETVAL", _turned_back(sequence)),
        ):
            outcome = proof.arena.attempt(actor, (statement,), look=False)
            control = proof.control.attempt(None, (statement,), look=False)
            proof.controls_fired += control.state is None
            if outcome.state is None and _granted(proof, sequence.name, actor, privilege):
                effect = "the counter of all tenants can be read or moved"
                fix = f"revoke {privilege} on sequence {sequence.name}; USAGE is enough to draw numbers"
                proof.ledger.leak("sequence", actor, sequence.name, operation, effect, (statement,), fix)
            elif control.state is None:
                proof.ledger.mark(actor.name, sequence.name, operation, "blocked")
            else:
                proof.ledger.mark(actor.name, sequence.name, operation, "unproven", control.error)


def _turned_back(sequence: Sequence_) -> str:
    regclass = f"{literal(sequence.sql)}::regclass"
    return f"select setval({regclass}, seqmin) from pg_sequence where seqrelid = {regclass}"


def _attached(proof: Proof, actor: Actor) -> None:
    """What hangs code or constraints onto a table: whoever may create triggers runs code as all who write there."""
    schemas = {r.schema for r in proof.catalog.relations.values()} | {"public"}
    places = [f"{quote(s)}.zq_attached" for s in sorted(schemas)]
    makes = "returns trigger language plpgsql as $$ begin raise notice '%', new; return new; end $$"
    for relation in proof.world.stored:
        key = relation.primary[:1]
        column = relation.column(key[0]) if key else None
        for privilege in ("TRIGGER", "REFERENCES"):
            if actor.role == relation.owner or not _granted(proof, relation.name, actor, privilege):
                continue
            tries = [
                (f"create function {place}() {makes}",
                 f"create trigger zq_attached before insert on {relation.sql} for each row execute function {place}()")
                for place in ("pg_temp.zq_attached", *places)
            ] if privilege == "TRIGGER" else [
                (f"create table {place} (k {column.type} references {relation.sql} ({quote(column.name)}))",)
                for place in places if column
            ]  # fmt: skip
            went = [t for t, o in zip(tries, proof.arena.each(actor, tries, look=False), strict=True) if not o.state]
            proof.controls_fired += bool(tries)
            if went:
                effect = _GIVES[privilege]
                fix = f"revoke {privilege.lower()} on {relation.name} from {actor.role}"
                proof.ledger.leak("reach", actor, relation.name, privilege, effect, went[0], fix)
            elif tries:
                proof.ledger.mark(actor.name, relation.name, privilege, "blocked")


def _server(proof: Proof, actor: Actor) -> None:
    """Where any SQL may be run: what lies beside all databases, and what the server may run."""
    for name, statement in _BESIDE.items() if proof.config.model == "sql" else ():
        outcome = proof.arena.attempt(actor, (statement,), look=False)
        if outcome.state is None:
            effect = "what the server itself may read or run is everybody's"
            fix = f"revoke what lets {actor.role} do it: EXECUTE on the function, or a pg_… role"
            proof.ledger.leak("reach", actor, name, "SERVER", effect, (statement,), fix)
        elif proof.control.attempt(None, (statement,), look=False).state is None:
            proof.ledger.mark(actor.name, name, "SERVER", "blocked")
            proof.controls_fired += 1


def _objects(proof: Proof, actor: Actor) -> None:
    """Where any SQL may be run: large objects have grants of their own, and no policy."""
    world = proof.world
    theirs = {n: t for n, held in world.objects.items() if (t := world.foreign(actor, TOKEN.findall(held)))}
    if not theirs or proof.config.model != "sql":
        return
    tries = [("select data from pg_catalog.pg_largeobject",), *((f"select lo_get({n})",) for n in theirs)]
    outcomes = proof.arena.each(actor, tries, look=False)
    for tried, outcome in zip(tries, outcomes, strict=True):
        if outcome.state is None and (effect := seen(world, actor, outcome)):
            fix = "revoke what was granted on pg_largeobject and on the objects; hand them out by a routine that asks"
            proof.ledger.leak("large object", actor, _OBJECTS, "SELECT", effect, tried, fix)
            return
    proof.ledger.mark(actor.name, _OBJECTS, "SELECT", "blocked")
    proof.controls_fired += bool(seen(world, actor, proof.control.attempt(None, tries[0], look=False)))


def _truncate(proof: Proof, actor: Actor) -> None:
    for relation in proof.world.stored:
        if not _granted(proof, relation.name, actor, "TRUNCATE") or actor.role == relation.owner:
            continue
        statement = f"truncate {relation.sql} cascade"
        outcome = proof.arena.attempt(actor, (statement,))
        effect = changed(proof.world, actor, outcome) if outcome.state is None else ""
        fired = bool(changed(proof.world, actor, proof.control.attempt(None, (statement,))))
        proof.controls_fired += fired
        if effect:
            proof.ledger.leak(
                "reach",
                actor,
                relation.name,
                "TRUNCATE",
                effect,
                (statement,),
                f"revoke truncate on {relation.name} from {actor.role}",
            )
        elif fired:
            proof.ledger.mark(actor.name, relation.name, "TRUNCATE", "blocked")
