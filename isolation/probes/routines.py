"""Attacks through routines: judged by what they do when called with foreign identifiers, never by what they are."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor
from isolation.attempts.effects import changed, seen, welcomed
from isolation.attempts.session import DENIED, Outcome
from isolation.model.catalog import Relation, Routine, literal

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

_ANY = {
    **dict.fromkeys(("anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray", '"any"'), "text"),
    **dict.fromkeys(("anyarray", "anycompatiblearray"), "text[]"),
}
COMBINATIONS, DOUBLE, LIKELY = 32, 8, 2
"""Calls of one routine; of those, at first, with two arguments changed; which choices of each are likely."""


def probe(proof: Proof) -> None:
    """Every routine, every attacker, with what is A's as arguments; then everything is read again."""
    for routine in proof.turns.of([r for r in proof.catalog.routines if not _internal(r)]):
        statements = list(dict.fromkeys([*calls(proof, routine, "A"), *mixed(proof, routine)]))
        reserved = any(names(entry, routine) for entry in proof.config.service_only if "(" in entry)
        effects = _effects(proof, routine, statements)
        for actor in proof.attackers:
            _attack(proof, routine, actor, statements, effects, reserved)


def _internal(routine: Routine) -> bool:
    """Whether only the server itself can call it."""
    return any(type_ == "internal" for _, type_, _ in routine.arguments)


def _attack(
    proof: Proof, routine: Routine, actor: Actor, statements: list[str], effects: list[str], reserved: bool
) -> None:
    leaked = False
    tried = _called(proof, routine, actor, statements)
    denied = [(s,) for s, outcome in zip(statements, tried, strict=True) if outcome.state == DENIED]
    guarded = any(o.state != DENIED for who in (proof.attackers[0], actor) for o in proof.controls(who, denied))
    for statement, outcome in zip(statements, tried, strict=True):
        effect, then = harm(proof, actor, outcome, statement), ""
        if not effect and reserved and outcome.state is None:
            effect = "it ran, and only the service may call it"
        if not effect and outcome.state is None and (outcome.made or outcome.touched or "set_config" in routine.source):
            effect, then = afterwards(proof, actor, (statement,), known=welcomed(proof.world, actor, outcome))
        if effect:
            leaked = True
            proof.ledger.leak(
                "routine",
                actor,
                routine.signature,
                "CALL",
                effect,
                (statement, then) if then else (statement,),
                f"check inside {routine.name} that the caller may, or revoke EXECUTE from PUBLIC and the API roles",
            )
            break
    if leaked or guarded or "fired" in effects:
        proof.controls_fired += 1
        if not leaked:
            proof.ledger.mark(actor.name, routine.signature, "CALL", "blocked")
    elif all(e == "failed" for e in effects):
        proof.ledger.mark(
            actor.name, routine.signature, "CALL", "unproven", "every call failed, even the owner's and the superuser's"
        )


def _called(proof: Proof, routine: Routine, actor: Actor, statements: list[str]) -> list[Outcome]:
    """What came of each call; where the role may not execute the routine, one refusal stands for all."""
    if statements and actor.role not in routine.executors:
        first = proof.arena.attempt(actor, (statements[0],))
        if first.state == DENIED:
            return [first, *[first.silent] * (len(statements) - 1)]
    return proof.arena.each(actor, [(s,) for s in statements])


def harm(proof: Proof, actor: Actor, outcome: Outcome, given: str) -> str:
    """What foreign came back or changed."""
    if outcome.state is not None:
        return seen(proof.world, actor, outcome, given)
    return seen(proof.world, actor, outcome, given) or changed(proof.world, actor, _beyond_own(proof, actor, outcome))


def _beyond_own(proof: Proof, actor: Actor, outcome: Outcome) -> Outcome:
    """Without the caller's own rows of the platform's, such as a session: routines are there to write them."""
    world, name = proof.world, actor.user.name if actor.user else ""
    own = {r.relation for r in outcome.touched if name in r.writers and world.catalog.relations[r.relation].platform}
    touched = [r for r in outcome.touched if r.relation not in own or name not in r.writers]
    made = [(n, values) for n, values in outcome.made if n not in own or name not in world.owners(n, values)]
    return replace(outcome, touched=touched, made=made)


def afterwards(
    proof: Proof, actor: Actor, steps: tuple[str, ...], before: str = "", known: str = ""
) -> tuple[str, str]:
    """What foreign can be read or destroyed in the same transaction once these statements have run, and how."""
    given, relations = " ".join([*steps, known]), _open(proof, actor, "SELECT")
    reads = [(f"select * from {r.sql}",) for r in relations]
    for relation, outcome in zip(
        relations, proof.arena.each(actor, reads, before=before, given=steps, look=False), strict=True
    ):
        if outcome.state is None and (effect := seen(proof.world, actor, outcome, given)):
            return f"{effect} from {relation.name} afterwards", f"select * from {relation.sql}"
    removals = [(f"delete from {r.sql}",) for r in _open(proof, actor, "DELETE") if r.kind in "rp"]
    for removal, outcome in zip(removals, proof.arena.each(actor, removals, before=before, given=steps), strict=True):
        outcome.touched = [r for r in outcome.touched if not (before and actor.user and actor.user.name in r.writers)]
        if outcome.state is None and (effect := changed(proof.world, actor, outcome)):
            return f"afterwards, {effect}", removal[0]
    return "", ""


def _open(proof: Proof, actor: Actor, privilege: str) -> list[Relation]:
    """The relations on which the actor's role holds a privilege, or may come to hold it."""
    relations = list(proof.catalog.relations.values())
    if proof.grants:
        return relations
    return [r for r in relations if proof.catalog.may(actor.role, r, privilege)]


def _effects(proof: Proof, routine: Routine, statements: list[str]) -> list[str]:
    """What each call does with nothing in its way, or for its owner: fired, nothing or failed."""
    tries, owner = [(s,) for s in statements], proof.owner()
    invited = proof.cast.user(USERS["W"])
    told = [_called(proof, routine, who, statements) for who in (owner, invited)]
    told += [proof.arena.each(None, tries), proof.controls(owner, tries)]
    return [_effect(proof, routine, outcomes) for outcomes in zip(*told, strict=True)]


def _effect(proof: Proof, routine: Routine, outcomes: Sequence[Outcome]) -> str:
    went = [o for o in outcomes if o.state is None]
    if any(o.touched or o.made or [t for t in o.tokens if t in proof.world.entitled] for o in went):
        return "fired"
    return "failed" if not went else "fired" if routine.returns == "boolean" else "nothing"


def calls(proof: Proof, routine: Routine, side: str) -> list[str]:
    """Calls with identifiers of this side, likeliest first."""
    if (types := _types(routine)) is None:
        return []
    options = [
        proof.arguments.of(a[0], type_, routine, side) for a, type_ in zip(routine.arguments, types, strict=True)
    ]
    chosen = list(itertools.islice(_spread(options), COMBINATIONS))
    short = [c[: len(c) - routine.defaults] for c in chosen[:1] if routine.defaults]
    return [_call(routine, c) for c in (*chosen, *short)]


def _types(routine: Routine) -> list[str] | None:
    """What its arguments are given as: a text where any type will do; None where it takes what SQL cannot say."""
    types = [_ANY.get(type_, type_ if kind != "p" else "") for _, type_, kind in routine.arguments]
    return types if all(types) else None


def _call(routine: Routine, chosen: Sequence[str | None]) -> str:
    plain = "select" if routine.returns == "record" else "select * from"  # a record may have no columns to list
    verb = {"p": "call", "a": "select"}.get(routine.kind, plain)
    given = [f"{literal(v)}::{type_}" for v, type_ in zip(chosen, _types(routine) or (), strict=False)]
    if routine.variadic and len(given) == len(routine.arguments):
        given[-1] = f"variadic {given[-1]}"
    return f"{verb} {routine.sql}({', '.join(given)})"


def mixed(proof: Proof, routine: Routine) -> list[str]:
    """Calls in which one argument names what is A's and the others what is B's own: the check may look elsewhere."""
    types = _types(routine)
    if types is None or len(types) < 2:
        return []
    named = [(a[0], type_) for a, type_ in zip(routine.arguments, types, strict=True)]
    first = {side: [proof.arguments.of(name, type_, routine, side)[0] for name, type_ in named] for side in "AB"}
    places = range(len(routine.arguments))
    return [_call(routine, [*first["B"][:n], first["A"][n], *first["B"][n + 1 :]]) for n in places]


def _spread(options: list[list[str | None]]) -> list[tuple[str | None, ...]]:
    """All first choices, then one changed at a time, the likeliest of each argument first, then two, then the rest."""
    first = tuple(o[0] for o in options)
    changes = sorted(((i, n) for i, o in enumerate(options) for n in range(1, len(o))), key=lambda change: change[1])
    single = [_changed(first, {i: options[i][n]}) for i, n in changes]
    likely = [change for change in changes if change[1] <= LIKELY]
    double = [_changed(first, {i: options[i][n], j: options[j][m]})
              for (i, n), (j, m) in itertools.combinations(likely, 2) if i != j]  # fmt: skip
    few = max(0, COMBINATIONS - DOUBLE)
    rest = itertools.islice(itertools.product(*options), COMBINATIONS)
    return list(dict.fromkeys([first, *single[:few], *double[:DOUBLE], *single[few:], *double[DOUBLE:], *rest]))


def _changed(first: tuple[str | None, ...], changes: Mapping[int, str | None]) -> tuple[str | None, ...]:
    return tuple(changes.get(place, value) for place, value in enumerate(first))


def names(entry: str, routine: Routine) -> bool:
    """Whether an entry of the configuration is this routine."""
    return entry.split("(")[0].split(".")[-1].strip() == routine.routine
