"""Reuse: what tenant A leaves on a pooled connection, in settings or prepared plans, must not serve tenant B."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor
from isolation.attempts.effects import seen
from isolation.attempts.session import Outcome
from isolation.database.clones import connect
from isolation.database.pipeline import Wire
from isolation.model.catalog import Relation
from isolation.probes import routines

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

FIRST = 6
OPERATION = "SELECT on a reused connection"


def probe(proof: Proof) -> None:
    """A, then B, on one connection with the same prepared statements; requests are committed."""
    for relations in proof.turns.of([list(proof.catalog.relations.values())]):
        _reuse(proof, relations)


def _reuse(proof: Proof, relations: list[Relation]) -> None:
    owner, heir = proof.owner(), proof.cast.user(USERS["B"])
    heirs = [
        heir,
        Actor("B without begin", heir.role, heir.user, heir.enter),
        *(a for a in proof.attackers if a.user is None),
    ]
    left: dict[str, list[str]] = {}
    with connect(proof.arena.dsn) as connection:
        connection.execute("set plan_cache_mode = force_generic_plan; set statement_timeout = '5s'")
        wire = Wire(connection)
        for number, relation in enumerate(relations):
            connection.execute(f"prepare reused_{number} as select * from {relation.sql}".encode())
            outcome = _request(wire, owner, f"execute reused_{number}")
            left[relation.name] = outcome.tokens
        for routine in proof.catalog.routines:
            for statement in routines.calls(proof, routine, "A")[:1]:
                _request(wire, owner, statement)
        for actor in heirs:
            for number, relation in enumerate(relations):
                outcome = _request(wire, actor, f"execute reused_{number}")
                effect = seen(proof.world, actor, outcome)
                if effect:
                    fix = "set what identifies the tenant for the transaction only, and let no plan or cache keep it"
                    read = f"select * from {relation.sql}"
                    first = (
                        owner.sql,
                        read,
                        *(s for r in proof.catalog.routines for s in routines.calls(proof, r, "A")[:1]),
                    )
                    tried = (*first[:FIRST], "reset session authorization", actor.sql, read)
                    proof.ledger.leak("reuse", actor, relation.name, OPERATION, effect, tried, fix)
                elif proof.world.foreign(actor, left[relation.name]):  # A was given what this actor may not see
                    proof.ledger.mark(actor.name, relation.name, OPERATION, "blocked")
                    proof.controls_fired += 1


def _request(wire: Wire, actor: Actor, statement: str) -> Outcome:
    outcome = Outcome()
    results = wire.send(f"begin;\n{actor.sql};\n{statement}")
    outcome.state = results[-1].state
    if outcome.state is None:
        outcome.text = "\n".join(c.decode(errors="replace") for c in results[-1].cells)
    wire.send("commit" if outcome.state is None else "rollback")
    return outcome
