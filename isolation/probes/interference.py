"""Non-interference: what a tenant is told must not depend on rows that he may not see (counts, sums, "is taken")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..model.actors import Actor, ActorKind
from ..model.catalog import RelationKind, Routine, RoutineKind
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..planting.dataset import EVERYBODY
from ..planting.inserter import ASLEEP, AWAKE
from .base import Context, Probe
from .shared.calls import calls, named
from .shared.fixes import routine_fix

OWN, STAGE = 6, "watching answers change"
ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)
LEARN, EXISTS = Operation("LEARN", Deed.LEARNS), Operation("EXISTS", Deed.LEARNS)
_GUESSABLE = re.compile(r"zq[amvw]\d{5}(?:@[\w.]+)?")
_CHANCE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{2}:\d{2}:\d{2}[.\d]*")
"""What differs from answer to answer by itself: identifiers that were drawn, and the time."""


def run(context: Context) -> Iterator[Evidence]:
    """Views and routines without arguments, with A's rows and without; routines with a key of A's and with nobody's."""
    actors = context.attackers(*ASKING)
    public = [context.catalog.find(p.relation) for p in context.config.public]
    views = [r for r in context.catalog.relations.values() if r.kind is RelationKind.VIEW and r not in public]
    for view in context.share(views, STAGE):
        for actor in actors:
            yield from _compared(context, actor, view.name, [f"select * from {view.sql}"])
    for routine in context.share(context.catalog.routines, STAGE):
        statements = calls(context.arguments, routine, "A")
        for actor in actors:
            if routine.arguments:
                yield from _guessed(context, actor, routine.signature, statements)
            if _answers(context, routine, actor):
                own = calls(context.arguments, routine, "B")[:OWN]
                yield from _compared(context, actor, routine.signature, own)


def _answers(context: Context, routine: Routine, actor: Actor) -> bool:
    """Whether it can be asked for one's own, and tells more than what row security leaves."""
    alone = not routine.arguments or (routine.definer and actor.user is not None)
    reserved = any(named(e, routine) for e in context.config.service_only)
    return routine.kind is RoutineKind.FUNCTION and alone and not reserved


def _absence(context: Context, actor: Actor) -> str:
    """SQL that removes every row which this actor may not read."""
    name = actor.user.name if actor.user else ""
    places: dict[str, list[str]] = {}
    for (relation, place), row in context.world.rows.items():
        if not row.readers & {name, EVERYBODY} and row.readers and relation != context.world.shape.users:
            places.setdefault(relation, []).append(place.split("/")[0])
    deletes = [
        f"delete from only {context.catalog.relations[n].sql} where ctid = any('{{{marks}}}'::tid[])"
        for n, ctids in places.items()
        for marks in [", ".join(f'"{c}"' for c in ctids)]
    ]
    return "; ".join([ASLEEP, *deletes, AWAKE])


def _compared(context: Context, actor: Actor, name: str, statements: Sequence[str]) -> Iterator[Evidence]:
    absence = _absence(context, actor)
    whole, part = (_answers_to(context, None, statements, before) for before in ("", absence))
    depending = [s for s, one, other in zip(statements, whole, part, strict=True) if one != other]
    if not depending:
        return  # nothing that it says depends on them
    three = [_answers_to(context, actor, depending, before) for before in ("", "", absence)]
    fix = _fix(context, name)
    for statement, present, again, absent in zip(depending, *three, strict=True):
        state, _ = present
        depends = present == again and present != absent and state is None
        effect = "the answer changes with rows that the actor may not read" if depends else ""
        yield Evidence(actor, name, LEARN, effect, Control(True), (statement,), kind="interference", fix=fix)


def _fix(context: Context, name: str) -> str:
    """A view asks with its caller's rights, and a routine is called by nobody else."""
    relation = context.catalog.relations.get(name)
    if relation is not None:
        return f"alter view {relation.sql} set (security_invoker = true, security_barrier = true)"
    return "; ".join(routine_fix(context, r) for r in context.catalog.routines if r.signature == name)


def _answers_to(
    context: Context, actor: Actor | None, statements: Sequence[str], before: str
) -> list[tuple[str | None, str]]:
    outcomes = context.attempts(actor, [(s,) for s in statements], before=before, look=False)
    return [(outcome.state, outcome.text) for outcome in outcomes]


@dataclass(frozen=True, slots=True)
class _Guess:
    """A call with a value that another has, and the same with one that nobody has."""

    hit: str
    value: str
    miss: str
    nobody: str


def _guessed(context: Context, actor: Actor, name: str, statements: Sequence[str]) -> Iterator[Evidence]:
    declared = _declared(context)
    guesses = [g for statement in statements if (g := _guess(context, actor, statement, declared))]
    outcomes = context.attempts(actor, [(s,) for g in guesses for s in (g.hit, g.miss)], look=False)
    telling = [_telling(context, teller, guesses) for teller in (None, context.owner())]
    fix = _fix(context, name)
    for number, guess in enumerate(guesses):
        hit, miss = outcomes[2 * number : 2 * number + 2]
        if not any(tells[number] for tells in telling):
            continue
        differs = _plain(hit, guess.value) != _plain(miss, guess.nobody)
        effect = f"it answers differently for {guess.value} than for a value that nobody has" if differs else ""
        yield Evidence(actor, name, EXISTS, effect, Control(True), (guess.hit,), kind="existence oracle", fix=fix)
        if differs:
            return


def _declared(context: Context) -> set[str | None]:
    """Every value of a column that is declared a public identifier."""
    entries = [e.rpartition(".") for e in context.config.public_identifiers]
    columns = [(relation.name, c) for table, _, c in entries if (relation := context.catalog.find(table))]
    return {row.values.get(c) for name, c in columns for row in context.world.of.get(name, ())}


def _guess(context: Context, actor: Actor, statement: str, declared: set[str | None]) -> _Guess | None:
    secret = (g for g in _GUESSABLE.findall(statement) if g not in declared and context.world.foreign(actor, [g[:8]]))
    value = next(secret, None)
    if value is None:
        return None
    nobody = value.replace(value[:8], "zqy99999")
    return _Guess(statement, value, statement.replace(value, nobody), nobody)


def _telling(context: Context, actor: Actor | None, guesses: Sequence[_Guess]) -> list[bool]:
    """Of which guesses the answers differ where nothing is protected."""
    hits, misses = ([(call,) for call in calls_] for calls_ in ([g.hit for g in guesses], [g.miss for g in guesses]))
    answers = zip(guesses, context.controls(actor, hits), context.controls(actor, misses), strict=True)
    return [_plain(hit, guess.value) != _plain(miss, guess.nobody) for guess, hit, miss in answers]


def _plain(outcome: Outcome, value: str) -> tuple[str | None, str]:
    text = outcome.text if outcome.ran else outcome.error
    return outcome.state, _CHANCE.sub("", text.replace(value, ""))


PROBE = Probe(STAGE, ("interference",), run)
