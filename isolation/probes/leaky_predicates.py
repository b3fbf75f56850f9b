"""Leaky predicates: a filter that is evaluated on rows which the caller may not see gives them away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from isolation.actors.cast import Actor
from isolation.attempts.effects import seen
from isolation.attempts.session import Outcome
from isolation.model.catalog import Relation, literal, quote
from isolation.planting.values import TOKEN

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

PEEK = (
    "create function pg_temp.peek(anyelement) returns boolean language plpgsql cost 0.0000001"
    " as $$ begin raise notice 'peek %', $1; return true; end $$"
)

HOLE, PEEK_AT, RAISED = "{}", "pg_temp.peek({})", "22012"


def probe(proof: Proof) -> None:
    """Views without a barrier, and functions marked LEAKPROOF, as filters."""
    actors = [a for a in proof.attackers if a.name in ("B", "anon")]
    for relation in proof.turns.of(list(proof.catalog.relations.values())):
        leaky = [
            f"select 1 from {relation.sql} where ({r.sql}({quote(c.name)})) is not null"
            for r in proof.catalog.routines
            for c in relation.columns
            if r.leakproof and [a[1] for a in r.arguments] == [c.base]
        ]
        barrier = any(
            o.startswith("security_barrier") and o.endswith(("true", "on", "1", "yes")) for o in relation.options
        )
        for actor in actors:
            if relation.kind == "v" and not barrier:
                _view(proof, relation, actor)
            for statement in leaky:
                outcome = proof.arena.attempt(actor, (statement,), look=False)
                _record(
                    proof,
                    relation,
                    actor,
                    seen(proof.world, actor, outcome),
                    (statement,),
                    "the function is no LEAKPROOF one: alter it",
                    bool(seen(proof.world, actor, proof.control.attempt(actor, (statement,), look=False))),
                )


def _view(proof: Proof, relation: Relation, actor: Actor) -> None:
    fix = f"alter view {relation.name} set (security_barrier = true)"
    for column in relation.columns:
        if proof.config.model == "sql":
            statements = (PEEK, f"select 1 from {relation.sql} where pg_temp.peek({quote(column.name)})")
            outcome = proof.arena.attempt(actor, statements, look=False)
            fired = any(seen(proof.world, actor, told) for told in _unfiltered(proof, relation, column.name, PEEK_AT))
            _record(proof, relation, actor, seen(proof.world, actor, outcome), statements, fix, fired)
        rows = [r for r in proof.foreign_rows(relation) if "A" in r.writers and r.values.get(column.name)]
        value = next(
            (v for r in rows if (v := r.values[column.name]) and proof.world.foreign(actor, TOKEN.findall(v))), None
        )
        if value is None:
            continue
        same = f"{quote(column.name)} = {literal(value)}::{column.type}"
        test = f"1 / (case when {same} then 0 else 1 end) > 5"
        if column.category == "N":
            test = f"1 / ({quote(column.name)} - {literal(value)}::{column.type}) > 5"
        statement = f"select 1 from {relation.sql} where {test}"
        outcome = proof.arena.attempt(actor, (statement,), look=False)
        _record(
            proof,
            relation,
            actor,
            "the filter was evaluated on a foreign row" if outcome.state == RAISED else "",
            (statement,),
            fix,
            any(told.state == RAISED for told in _unfiltered(proof, relation, column.name, test)),
        )


def _unfiltered(proof: Proof, view: Relation, column: str, test: str) -> Iterator[Outcome]:
    """The filter on what the view reads, where nothing goes before it."""
    for name in view.reads:
        base = proof.catalog.relations.get(name)
        if base and base.column(column):
            statement = f"select 1 from {base.sql} where {test.replace(HOLE, quote(column))}"
            yield proof.control.attempt(None, (PEEK, statement), look=False)


def _record(
    proof: Proof, relation: Relation, actor: Actor, effect: str, statements: tuple[str, ...], fix: str, fired: bool
) -> None:
    proof.controls_fired += fired
    if effect:
        proof.ledger.leak("leaky predicate", actor, relation.name, "FILTER", effect, statements, fix)
    elif fired:
        proof.ledger.mark(actor.name, relation.name, "FILTER", "blocked")
