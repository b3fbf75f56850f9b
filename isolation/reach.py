"""Reach: roles that can be taken on, sequences that can be read or moved, TRUNCATE, triggers of one's own, notifications."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg

from isolation.actors import Actor
from isolation.catalog import quote
from isolation.clone import connect
from isolation.judge import changed, seen
from isolation.synthesis import insertion
from isolation.values import states

if TYPE_CHECKING:
    from isolation.proof import Proof

_CHANNEL = re.compile(r"pg_notify\(\s*'([^']+)'\s*,", re.I)
_PLAIN = re.compile(r"zq[a-z]\d{5}|(?<!\d)9[1-4]\d{7}(?!\d)")


def probe(proof: Proof) -> None:
    """Everything that goes around row security altogether."""
    for actor in [a for a in proof.attackers if a.name in ("B", "anon")]:
        _roles(proof, actor)
        _sequences(proof, actor)
        _truncate(proof, actor)
    _notifications(proof)


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
        proof.controls_fired += 1
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
            ("UPDATE", "SETVAL", f"select setval('{sequence.sql}', 1)"),
        ):
            outcome = proof.arena.attempt(actor, (statement,), look=False)
            proof.controls_fired += 1
            if outcome.state is None and _granted(proof, sequence.name, actor, privilege):
                proof.ledger.leak("sequence", actor, sequence.name, operation, "the counter of all tenants can be read or moved", (statement,),
                                  f"revoke {privilege} on sequence {sequence.name}; USAGE is enough to draw numbers")  # fmt: skip
            else:
                proof.ledger.mark(actor.name, sequence.name, operation, "blocked")


def _truncate(proof: Proof, actor: Actor) -> None:
    for relation in proof.world.stored:
        if not _granted(proof, relation.name, actor, "TRUNCATE") or actor.role == relation.owner:
            continue
        statement = f"truncate {relation.sql} cascade"
        outcome = proof.arena.attempt(actor, (statement,))
        effect = changed(proof.world, actor, outcome) if outcome.state is None else ""
        proof.controls_fired += 1
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
        else:
            proof.ledger.mark(actor.name, relation.name, "TRUNCATE", "blocked")


def _notifications(proof: Proof) -> None:
    """Anybody may LISTEN to a channel whose name is fixed: what is sent there must carry nobody's data."""
    sources = [*proof.catalog.trigger_sources.values(), *(r.source for r in proof.catalog.routines)]
    channels = sorted({c for s in sources for c in _CHANNEL.findall(s)})
    actor = next((a for a in proof.attackers if a.name == "B"), None)
    if not channels or actor is None:
        return
    with connect(proof.arena.dsn) as listener, connect(proof.arena.dsn) as writer:
        for channel in channels:
            listener.execute(f"listen {quote(channel)}")
        for relation in proof.world.stored:
            if any("notify" in t for t in relation.triggers) and relation.columns:
                column = next(c for c in relation.columns if not c.generated and c.identity != "a")
                for free in relation.columns:
                    if (
                        not free.generated
                        and free.identity != "a"
                        and any(free.name in text for text in relation.triggers)
                    ):
                        for value in [v for v in states(relation, free, proof.catalog) if v is not None]:
                            _quietly(writer, f"update {relation.sql} set {quote(free.name)} = '{value}'")
                _quietly(writer, f"update {relation.sql} set {quote(column.name)} = {quote(column.name)}")
                row = proof.planter.compose(relation, proof.owner().user)  # type: ignore[arg-type]
                _quietly(writer, insertion(relation, row))
        heard = [(n.channel, n.payload) for n in listener.notifies(timeout=0.2)]
    for channel in channels:
        own = _PLAIN.findall(proof.owner().user.email) if proof.owner().user else []  # type: ignore[union-attr]
        payloads = [p for c, p in heard if c == channel]
        found = [t for p in payloads for t in _PLAIN.findall(p) if t[:3] != "zqb" or t in own]
        proof.controls_fired += bool(payloads)
        if found:
            proof.ledger.leak("notification", actor, channel, "LISTEN", f"canary {found[0]} was sent to everybody who listens", (f"listen {quote(channel)}",),
                              "send an opaque id, and let the listener read the row under row security")  # fmt: skip
        else:
            proof.ledger.mark(
                "B",
                channel,
                "LISTEN",
                "blocked" if payloads else "unproven",
                "nothing was sent while rows were written",
            )


def _quietly(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return
