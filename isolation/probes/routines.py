"""Attacks through routines: judged by what they do when called with foreign identifiers, never by what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..attempts.effects import harm, welcomed
from ..model.actors import USERS, Actor
from ..model.catalog import Routine
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..model.states import DENIED
from .base import Context, Probe
from .shared.aftermath import afterwards
from .shared.calls import calls, mixed, named
from .shared.fixes import routine_fix

CALL = Operation("CALL", Deed.CALLS)
FAILED = Control(False, "every call failed, even the owner's and the superuser's")


def run(context: Context) -> Iterator[Evidence]:
    """Every routine, every attacker, with what is A's as arguments; then everything is read again."""
    for routine in context.share([r for r in context.catalog.routines if not _internal(r)], "calling routines"):
        yield from attack(context, routine)


def attack(context: Context, routine: Routine) -> Iterator[Evidence]:
    """One routine."""
    every = [*calls(context.arguments, routine, "A"), *mixed(context.arguments, routine)]
    statements = list(dict.fromkeys(every))
    control = _control(context, routine, statements)
    for actor in context.attackers():
        yield from _attack(context, routine, actor, statements, control)


def _internal(routine: Routine) -> bool:
    """Whether only the server itself can call it."""
    return any(a.type == "internal" for a in routine.arguments)


def _attack(
    context: Context, routine: Routine, actor: Actor, statements: Sequence[str], control: Control | None
) -> Iterator[Evidence]:
    reserved = any(named(entry, routine) for entry in context.config.service_only)
    outcomes = _called(context, routine, actor, statements)
    denied = [(s,) for s, outcome in zip(statements, outcomes, strict=True) if outcome.state == DENIED]
    for statement, outcome in zip(statements, outcomes, strict=True):
        if any(value in statement for value in context.world.bearers):
            continue  # who holds it may use it
        effect, then = harm(context.world, actor, outcome, statement), ""
        if not effect and reserved and outcome.ran:
            effect = "it ran, and only the service may call it"
        if not effect and outcome.ran and (outcome.made or outcome.touched or "set_config" in routine.source):
            known = welcomed(context.world, actor, outcome)
            effect, then = afterwards(context, actor, (statement,), known=known)
        if effect:
            tried = (statement, then) if then else (statement,)
            fix = routine_fix(context, routine)
            yield Evidence(actor, routine.signature, CALL, effect, Control(True), tried, kind="routine", fix=fix)
            return
    standing_in = (context.attackers()[0], actor)
    if any(o.state != DENIED for who in standing_in for o in context.controls(who, denied)):
        control = Control(True)
    if control:
        yield Evidence(actor, routine.signature, CALL, "", control, tuple(statements[:1]))


def _called(context: Context, routine: Routine, actor: Actor, statements: Sequence[str]) -> list[Outcome]:
    """What came of each call; where the role may not execute the routine, one refusal stands for all."""
    if statements and actor.role not in routine.executors:
        first = context.attempt(actor, (statements[0],))
        if first.state == DENIED:
            return [first, *[first.silent] * (len(statements) - 1)]
    return context.attempts(actor, [(s,) for s in statements])


def _control(context: Context, routine: Routine, statements: Sequence[str]) -> Control | None:
    """Whether any call does something with nothing in its way, or for its owner; None where they do nothing at all."""
    tries, owner = [(s,) for s in statements], context.owner()
    each = [_called(context, routine, who, statements) for who in (owner, context.user(USERS["W"]))]
    each += [context.attempts(None, tries), context.controls(owner, tries)]
    ran = [o for outcomes in each for o in outcomes if o.ran]
    if not ran:
        return FAILED
    tells = routine.returns == "boolean" or any(
        o.touched or o.made or any(t in context.world.entitled for t in o.tokens) for o in ran
    )
    return Control(True) if tells else None


PROBE = Probe("calling routines", ("routines",), run)
