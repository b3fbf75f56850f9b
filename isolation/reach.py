"""Reach: roles that can be taken on, sequences that can be read or moved, TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isolation.actors import Actor
from isolation.catalog import Sequence_, literal, quote
from isolation.judge import changed, seen

if TYPE_CHECKING:
    from isolation.proof import Proof


def probe(proof: Proof) -> None:
    """Everything that goes around row security altogether."""
    for actor in [a for a in proof.attackers if a.name in ("B", "anon")]:
        _roles(proof, actor)
        _sequences(proof, actor)
        _truncate(proof, actor)


def _granted(proof: Proof, name: str, actor: Actor, privilege: str) -> bool:
    """Whether it was granted for this relation, beyond what its schema gives by default."""
    return proof.config.model == "sql" or any(
        p == privilege and g in ("public", actor.role) for g, p in proof.catalog.specific_grants.get(name, ())
    )


def _roles(proof: Proof, actor: Actor) -> None:
    usual = {actor.role} | (
        {proof.config.member, proof.config.anonymous} if actor.role == proof.config.login else set()
    )
    for role in proof.catalog.roles:
        take = f"set local role {quote(role)}"
        if role in usual or proof.arena.attempt(actor, (take,)).state is not None:
            continue
        effect = ""
        for relation in proof.catalog.relations.values():
            outcome = proof.arena.attempt(actor, (take, f"select * from {relation.sql}"))
            effect = effect or ("" if outcome.state else seen(proof.world, actor, outcome))
        proof.controls_fired += any(
            seen(proof.world, actor, proof.control.attempt(None, (f"select * from {r.sql}",)))
            for r in proof.catalog.relations.values()
        )
        if effect:
            proof.ledger.leak(
                "reach", actor, role, "SET ROLE", effect, (take, "select * from …"), f"revoke {role} from {actor.role}"
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
