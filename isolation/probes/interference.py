"""Non-interference: what a tenant is told must not depend on rows that he may not see (counts, sums, "is taken")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolation.actors.cast import Actor
from isolation.attempts.session import Arena, Outcome
from isolation.planting.world import EVERYBODY
from isolation.probes import routines
from isolation.probes.routines import names as _names

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

OWN = 6
_GUESSABLE = re.compile(r"zq[amvw]\d{5}(?:@[\w.]+)?")


def probe(proof: Proof) -> None:
    """Views and routines without arguments, with A's rows and without; routines with a key of A's and with nobody's."""
    actors = [a for a in proof.attackers if a.name in ("B", "anon")]
    public = [proof.catalog.find(p.relation) for p in proof.config.public]
    views = [r for r in proof.catalog.relations.values() if r.kind == "v" and r not in public]
    for view in proof.turns.of(views):
        for actor in actors:
            _compare(proof, actor, view.name, [f"select * from {view.sql}"])
    for routine in proof.turns.of(proof.catalog.routines):
        statements = routines.calls(proof, routine, "A")
        for actor in actors:
            if routine.arguments:
                _guess(proof, actor, routine.signature, statements)
            alone = not routine.arguments or (routine.definer and actor.user is not None)
            if routine.kind == "f" and alone and not any(_names(e, routine) for e in proof.config.service_only):
                _compare(proof, actor, routine.signature, routines.calls(proof, routine, "B")[:OWN])


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


def _compare(proof: Proof, actor: Actor, name: str, statements: Sequence[str]) -> None:
    absence = _absence(proof, actor)
    whole, part = (_told(proof.arena, None, statements, before) for before in ("", absence))
    depending = [s for s, one, other in zip(statements, whole, part, strict=True) if one != other]
    if not depending:
        return  # nothing that it says depends on them
    proof.controls_fired += len(depending)
    present, again, absent = (_told(proof.arena, actor, depending, before) for before in ("", "", absence))
    for statement, told, repeated, without in zip(depending, present, again, absent, strict=True):
        if told == repeated and told != without and told[0] is None:
            effect = "the answer changes with rows that the actor may not read"
            fix = f"compute {name} from the caller's own rows, or declare it public"
            proof.ledger.leak("interference", actor, name, "LEARN", effect, (statement,), fix)
        else:
            proof.ledger.mark(actor.name, name, "LEARN", "blocked")


def _told(arena: Arena, actor: Actor | None, statements: Sequence[str], before: str) -> list[tuple[str | None, str]]:
    outcomes = arena.each(actor, [(s,) for s in statements], before=before, look=False)
    return [(outcome.state, outcome.text) for outcome in outcomes]


def _guess(proof: Proof, actor: Actor, name: str, statements: list[str]) -> None:
    declared = {
        value
        for entry in proof.config.public_identifiers
        for row in proof.world.rows.values()
        if proof.catalog.find(entry.rpartition(".")[0]) is proof.catalog.relations[row.relation]
        for value in [row.values.get(entry.rpartition(".")[2])]
    }
    guesses = [g for statement in statements if (g := _guesses(proof, actor, statement, declared))]
    told = proof.arena.each(actor, [(s,) for g in guesses for s in (g.hit, g.miss)], look=False)
    telling = [_telling(proof, teller, guesses) for teller in (None, proof.owner())]
    for number, guess in enumerate(guesses):
        hit, miss = told[2 * number : 2 * number + 2]
        if not any(tells[number] for tells in telling):
            continue
        proof.controls_fired += 1
        if _plain(hit, guess.value) != _plain(miss, guess.nobody):
            effect = f"it answers differently for {guess.value} than for a value that nobody has"
            fix = f"let {name} answer alike, or declare the identifier under public_identifiers"
            proof.ledger.leak("existence oracle", actor, name, "EXISTS", effect, (guess.hit,), fix)
            return
        proof.ledger.mark(actor.name, name, "EXISTS", "blocked")


@dataclass(frozen=True, slots=True)
class _Guess:
    """A call with a value that another has, and the same with one that nobody has."""

    hit: str
    value: str
    miss: str
    nobody: str


def _guesses(proof: Proof, actor: Actor, statement: str, declared: set[str | None]) -> _Guess | None:
    secret = (g for g in _GUESSABLE.findall(statement) if g not in declared and proof.world.foreign(actor, [g[:8]]))
    value = next(secret, None)
    if value is None:
        return None
    nobody = value.replace(value[:8], "zqy99999")
    return _Guess(statement, value, statement.replace(value, nobody), nobody)


def _telling(proof: Proof, actor: Actor | None, guesses: Sequence[_Guess]) -> list[bool]:
    """Of which guesses the answers differ where nothing is protected."""
    hits, misses = ([(call,) for call in calls] for calls in ([g.hit for g in guesses], [g.miss for g in guesses]))
    told = zip(guesses, proof.controls(actor, hits), proof.controls(actor, misses), strict=True)
    return [_plain(hit, guess.value) != _plain(miss, guess.nobody) for guess, hit, miss in told]


def _plain(outcome: Outcome, value: str) -> tuple[str | None, str]:
    text = outcome.text if outcome.state is None else outcome.error
    return outcome.state, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{2}:\d{2}:\d{2}[.\d]*", "", text.replace(value, ""))
