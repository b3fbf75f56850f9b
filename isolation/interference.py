"""Non-interference: what a tenant is told must not depend on rows that he may not see (counts, sums, "is taken")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from isolation import routines
from isolation.actors import Actor
from isolation.arena import Arena, Outcome
from isolation.world import EVERYBODY

if TYPE_CHECKING:
    from isolation.proof import Proof

_GUESSABLE = re.compile(r"zq[amvw]\d{5}(?:@[\w.]+)?")


def probe(proof: Proof) -> None:
    """Views and routines without arguments, with A's rows and without; routines with a key of A's and with nobody's."""
    actors = [a for a in proof.attackers if a.name in ("B", "anon")]
    for relation in proof.catalog.relations.values():
        if relation.kind == "v" and not any(proof.catalog.find(p.relation) is relation for p in proof.config.public):
            for actor in actors:
                _compare(proof, actor, relation.name, f"select * from {relation.sql}")
    for routine in proof.catalog.routines:
        statements = routines.calls(proof, routine, "A")
        for actor in actors:
            if routine.arguments:
                _guess(proof, actor, routine.signature, statements)
            elif statements and routine.kind == "f":
                _compare(proof, actor, routine.signature, statements[0])


def _absence(proof: Proof, actor: Actor) -> str:
    """SQL that removes every row which this actor may not read."""
    name = actor.user.name if actor.user else ""
    places: dict[str, list[str]] = {}
    for (relation, place), row in proof.world.rows.items():
        if not row.readers & {name, EVERYBODY} and row.readers and relation != proof.world.shape.users:
            places.setdefault(relation, []).append(place.split("/")[0])
    deletes = [
        f"delete from only {proof.catalog.relations[n].sql} where ctid = any('{{{marks}}}'::tid[])"
        for n, ctids in places.items()
        for marks in [", ".join(f'"{c}"' for c in ctids)]
    ]
    return "; ".join(
        ["set local session_replication_role = replica", *deletes, "set local session_replication_role = origin"]
    )


def _compare(proof: Proof, actor: Actor, name: str, statement: str) -> None:
    absence = _absence(proof, actor)
    if _told(proof.arena, None, statement, "") == _told(proof.arena, None, statement, absence):
        return  # nothing that it says depends on them
    proof.controls_fired += 1
    present, again = (_told(proof.arena, actor, statement, "") for _ in range(2))
    absent = _told(proof.arena, actor, statement, absence)
    if present == again and present != absent and present[0] is None:
        effect = "the answer changes with rows that the actor may not read"
        fix = f"compute {name} from the caller's own rows, or declare it public"
        proof.ledger.leak("interference", actor, name, "LEARN", effect, (statement,), fix)
    else:
        proof.ledger.mark(actor.name, name, "LEARN", "blocked")


def _told(arena: Arena, actor: Actor | None, statement: str, before: str) -> tuple[str | None, str]:
    outcome = arena.attempt(actor, (statement,), before=before, look=False)
    return outcome.state, outcome.text


def _guess(proof: Proof, actor: Actor, name: str, statements: list[str]) -> None:
    declared = {
        value
        for entry in proof.config.public_identifiers
        for row in proof.world.rows.values()
        if proof.catalog.find(entry.rpartition(".")[0]) is proof.catalog.relations[row.relation]
        for value in [row.values.get(entry.rpartition(".")[2])]
    }
    for statement in statements:
        guessed = [
            g for g in _GUESSABLE.findall(statement) if g not in declared and proof.world.foreign(actor, [g[:8]])
        ]
        if not guessed:
            continue
        nobody = guessed[0].replace(guessed[0][:8], "zqy99999")
        hit = proof.arena.attempt(actor, (statement,), look=False)
        miss = proof.arena.attempt(actor, (statement.replace(guessed[0], nobody),), look=False)
        guesses = ((statement, guessed[0]), (statement.replace(guessed[0], nobody), nobody))
        if not any(_tells(proof, teller, guesses) for teller in (None, proof.owner())):
            continue
        proof.controls_fired += 1
        if _plain(hit, guessed[0]) != _plain(miss, nobody):
            effect = f"it answers differently for {guessed[0]} than for a value that nobody has"
            fix = f"let {name} answer alike, or declare the identifier under public_identifiers"
            proof.ledger.leak("existence oracle", actor, name, "EXISTS", effect, (statement,), fix)
            return
        proof.ledger.mark(actor.name, name, "EXISTS", "blocked")


def _tells(proof: Proof, actor: Actor | None, guesses: tuple[tuple[str, str], ...]) -> bool:
    """Whether the answers differ where nothing is protected."""
    told = {_plain(proof.control.attempt(actor, (s,), look=False), value) for s, value in guesses}
    return len(told) > 1


def _plain(outcome: Outcome, value: str) -> tuple[str | None, str]:
    text = outcome.text if outcome.state is None else outcome.error
    return outcome.state, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{2}:\d{2}:\d{2}[.\d]*", "", text.replace(value, ""))
