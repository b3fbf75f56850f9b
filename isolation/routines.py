"""Attacks through routines: judged by what they do when called with foreign identifiers, never by what they are."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from isolation.actors import USERS, Actor
from isolation.arena import DENIED, Outcome
from isolation.catalog import Routine, literal
from isolation.judge import changed, seen
from isolation.values import constants

if TYPE_CHECKING:
    from isolation.proof import Proof

COMBINATIONS = 24


def probe(proof: Proof) -> None:
    """Every routine, every attacker, with what is A's as arguments; then everything is read again."""
    for routine in proof.catalog.routines:
        statements = calls(proof, routine, "A")
        reserved = any(_names(entry, routine) for entry in proof.config.service_only if "(" in entry)
        effects = [_effect(proof, routine, s) for s in statements]
        for actor in proof.attackers:
            _attack(proof, routine, actor, statements, effects, reserved)


def _attack(
    proof: Proof, routine: Routine, actor: Actor, statements: list[str], effects: list[str], reserved: bool
) -> None:
    leaked = guarded = False
    for statement in statements:
        outcome = proof.arena.attempt(actor, (statement,))
        effect = harm(proof, actor, outcome, statement)
        guarded |= outcome.state == DENIED and proof.control.attempt(actor, (statement,), look=False).state != DENIED
        if not effect and reserved and outcome.state is None:
            effect = "it ran, and only the service may call it"
        if not effect and outcome.state is None and (outcome.made or outcome.touched or "set_config" in routine.source):
            effect = afterwards(proof, actor, (statement,))
        if effect:
            leaked = True
            proof.ledger.leak(
                "routine",
                actor,
                routine.signature,
                "CALL",
                effect,
                (statement,),
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


def harm(proof: Proof, actor: Actor, outcome: Outcome, given: str) -> str:
    """What foreign came back or changed."""
    if outcome.state is not None:
        return seen(proof.world, actor, outcome, given) if outcome.state != DENIED else ""
    return seen(proof.world, actor, outcome, given) or changed(proof.world, actor, outcome)


def afterwards(proof: Proof, actor: Actor, steps: tuple[str, ...], before: str = "") -> str:
    """What foreign can be read or destroyed in the same transaction once these statements have run."""
    for relation in proof.catalog.relations.values():
        outcome = proof.arena.attempt(actor, (*steps, f"select * from {relation.sql}"), before=before)
        if outcome.state is None and (effect := seen(proof.world, actor, outcome, " ".join(steps))):
            return f"{effect} from {relation.name} afterwards"
        if relation.kind in "rp":
            outcome = proof.arena.attempt(actor, (*steps, f"delete from {relation.sql}"), before=before)
            outcome.touched = [
                r for r in outcome.touched if not (before and actor.user and actor.user.name in r.writers)
            ]
            if outcome.state is None and (effect := changed(proof.world, actor, outcome)):
                return f"afterwards, {effect}"
    return ""


def _effect(proof: Proof, routine: Routine, statement: str) -> str:
    """What the call does with nothing in its way, or for its owner: fired, nothing or failed."""
    result = "failed"
    for arena, actor in ((proof.arena, proof.owner()), (proof.control, proof.owner()), (proof.arena, None)):
        outcome = arena.attempt(actor, (statement,))
        if outcome.state is None:
            result = "nothing" if result == "failed" else result
            if outcome.touched or outcome.made or [t for t in outcome.tokens if t in proof.world.entitled]:
                return "fired"
    return "fired" if routine.returns == "boolean" and result == "nothing" else result


def calls(proof: Proof, routine: Routine, side: str) -> list[str]:
    """Calls with identifiers of this side, likeliest first."""
    if any(kind == "p" for _, _, kind in routine.arguments):
        return []
    options = [_arguments(proof, name, type_, routine, side) for name, type_, _ in routine.arguments]
    verb = "call" if routine.kind == "p" else "select * from"
    out = []
    for chosen in itertools.islice(_spread(options), COMBINATIONS):
        given = ", ".join(f"{literal(v)}::{a[1]}" for v, a in zip(chosen, routine.arguments, strict=True))
        out.append(f"{verb} {routine.sql}({given})")
    return out


def _spread(options: list[list[str | None]]) -> list[tuple[str | None, ...]]:
    """All first choices, then one changed at a time, then the rest."""
    first = tuple(o[0] for o in options)
    single = [(*first[:i], v, *first[i + 1 :]) for i, o in enumerate(options) for v in o[1:]]
    rest = itertools.islice(itertools.product(*options), COMBINATIONS)
    return list(dict.fromkeys([first, *single, *rest]))


def _arguments(proof: Proof, name: str, type_: str, routine: Routine, side: str) -> list[str | None]:
    plain = re.sub(r"^(p|_|in|arg|v)_|_?(id|uuid)$", "", name.lower()).strip("_")
    user, rows = USERS[side], [r for r in proof.world.rows.values() if side in r.writers]
    found: list[str | None] = []
    for row in rows:
        table = row.relation.split(".")[1]
        for column, value in row.values.items():
            kind = proof.catalog.relations[row.relation].column(column)
            if value is None or kind is None or (kind.base != type_ and type_ not in ("text", "character varying")):
                continue
            exact = (
                column == name.lower().removeprefix("p_")
                or column == plain
                or (
                    plain
                    and table.rstrip("s") == plain.rstrip("s")
                    and column in proof.catalog.relations[row.relation].primary
                )
            )
            if exact:
                found.insert(0, value)
            elif type_ in ("uuid", "bigint", "integer") and column in proof.catalog.relations[row.relation].primary:
                found.append(value)
    found = list(dict.fromkeys(found))[:8]
    tenant = proof.planter.tenants[side]
    if re.search("workspace|tenant|org|team|account", plain) and type_ in (
        "uuid",
        "text",
        "bigint",
        "integer",
        "character varying",
    ):
        found.insert(0, tenant)
    elif re.search("user|owner|member|profile|^id$|^uid", name.lower()) and type_ in ("uuid", "text"):
        found.insert(0, user.id)
    elif type_ == "uuid":
        found += [tenant, user.id]
    if "email" in name.lower():
        found.insert(0, user.email)
    fixed: dict[str, list[str | None]] = {
        **{number: ["1"] for number in ("smallint", "integer", "bigint", "numeric")},
        **{day: ["2031-01-01"] for day in ("date", "timestamp with time zone")},
        "boolean": ["true", "false"],
        "jsonb": ["{}"],
        "json": ["{}"],
        "interval": ["1 day"],
        "text": ["zqx", "%"],
        "character varying": ["zqx"],
        "uuid[]": ["{" + tenant + "}", "{" + user.id + "}"],
        "text[]": ["{zqx}"],
        "bytea": ["x"],
    }
    if type_ in ("text", "character varying"):
        found += [v for v in constants(routine.source) if 0 < len(v) < 30][:4]
    return list(dict.fromkeys([*found, *fixed.get(type_, [])])) or [None]


def _names(entry: str, routine: Routine) -> bool:
    return entry.split("(")[0].split(".")[-1].strip() == routine.routine
