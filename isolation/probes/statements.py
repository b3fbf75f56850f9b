"""The cells of a relation: every attacker, every operation, each decided by trying it and its control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isolation.actors.cast import Actor
from isolation.attempts.cell_log import Ledger
from isolation.attempts.controls import Seat
from isolation.attempts.session import DENIED, Outcome
from isolation.model.catalog import Relation
from isolation.probes.attacks import Attack, Attacks

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

TAKEN = "23505"
ASLEEP = "set local session_replication_role = replica"
_NEEDS = {
    **{o: o for o in ("SELECT", "INSERT", "UPDATE", "DELETE")},
    "COPY": "SELECT",
    "UPSERT": "INSERT",
    "MOVE": "UPDATE",
    "TAKE": "UPDATE",
}


def probe(proof: Proof) -> None:
    """Every relation."""
    relations = list(proof.catalog.relations.values())
    for done, relation in proof.turns.of(list(enumerate(relations))):
        proof.progress.at("attacking each relation", done, len(relations))
        decide(proof, relation.name)
        proof.seat.forget()


def decide(proof: Proof, name: str) -> None:
    """One relation, written down at once."""
    cells = _Cells(proof, proof.catalog.relations[name], proof.ledger)
    cells.decide(proof.seat)
    proof.controls_fired += cells.fired


class _Cells:
    """The attacks on one relation, what they do where nothing is in their way, and what came of them."""

    def __init__(self, proof: Proof, relation: Relation, ledger: Ledger) -> None:
        self.proof, self.relation, self.ledger, self.fired = proof, relation, ledger, 0
        self._told: dict[tuple[str, str], list[Outcome]] = {}
        composer = Attacks(proof.world, proof.planter, relation)
        self.groups: dict[str, list[Attack]] = {}
        for attack in composer.all():
            self.groups.setdefault(attack.operation, []).append(attack)
        self.victims, base = composer.victims, composer.base
        self.emptied = f"{ASLEEP}; delete from {base.sql}" if base.kind in "rp" else ""

    def decide(self, seat: Seat) -> None:
        """Try everything as every attacker: what one may try in one go, shares a transaction."""
        self.seat, world = seat, self.proof.world
        for actor in self.proof.attackers:
            anything = any(not world.may_write(actor, r) for r in self.victims)
            groups = [g for o, g in self.groups.items() if anything or o in ("INSERT", "SELECT", "COPY")]
            told = zip(groups, self._tried(actor, groups), strict=True)
            self._weigh(actor, [group for group, outcomes in told if not self._leaks(actor, group, outcomes)])

    def _tried(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> list[list[Outcome]]:
        """What came of each; where the role holds no grant, one refusal stands for all of its kind."""
        held = [self.proof.catalog.may(actor.role, self.relation, _NEEDS[g[0].operation.split()[0]]) for g in groups]
        tried = [g if may else g[:1] for g, may in zip(groups, held, strict=True)]
        outcomes = iter(self.seat.arena.each(actor, [a.statements for g in tried for a in g]))
        return [self._all(actor, g, [next(outcomes) for _ in t]) for g, t in zip(groups, tried, strict=True)]

    def _all(self, actor: Actor, group: Sequence[Attack], outcomes: list[Outcome]) -> list[Outcome]:
        left = group[len(outcomes) :]
        if outcomes[0].state == DENIED:
            return outcomes + [outcomes[0].silent] * len(left)
        return outcomes + (self.seat.arena.each(actor, [a.statements for a in left]) if left else [])

    def _leaks(self, actor: Actor, group: Sequence[Attack], outcomes: Sequence[Outcome]) -> bool:
        """Whether an attack of the group went through; what did is written down."""
        relation, operation = self.relation, group[0].operation
        for attack, tried in zip(group, outcomes, strict=True):
            taken = operation == "INSERT" and tried.state == TAKEN
            outcome = self._without_rows(actor, attack) if taken else tried
            if effect := self.proof.effect(actor, relation, attack, outcome):
                kind, fix = _kind(relation, operation), _fix(relation, operation)
                self.ledger.leak(
                    kind, actor, relation.name, operation, effect, attack.statements, fix, self.free if taken else ""
                )
                self.fired += 1
                return True
        return False

    def _weigh(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> None:
        """Write down what did not go through: blocked where it would be noticed with nothing in its way."""
        silent = self._silent(actor, groups)
        for group in groups:
            operation = group[0].operation
            if group not in silent:
                self.fired += 1
                self.ledger.mark(actor.name, self.relation.name, operation, "blocked")
            elif not _nothing_to_be_had(self.relation, operation):
                why = "the control did not see the attack succeed"
                self.ledger.mark(actor.name, self.relation.name, operation, "unproven", why)

    def _without_rows(self, actor: Actor, attack: Attack) -> Outcome:
        """The INSERT where no row is in its way."""
        return self.seat.arena.attempt(actor, attack.statements, before=self.free)

    @property
    def free(self) -> str:
        """SQL that takes every row out of the way."""
        return f"{self.emptied}; set local session_replication_role = origin" if self.emptied else ""

    def _silent(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> list[Sequence[Attack]]:
        """The groups of which no attack would be noticed with nothing in its way, nor is when its owner makes it."""
        left = [g for g in groups if not self._fires(actor, g)]
        for before in ("", *self.asleep) if left else ():
            told = iter(self.seat.controls(actor, [a.statements for g in left for a in g], before))
            left = [g for g in left if not self._noticed(actor, g, [next(told) for _ in g])]
        return left

    def _fires(self, actor: Actor, group: Sequence[Attack]) -> bool:
        """Whether an attack of the group is noticed where one stands in for all, or when its owner makes it."""
        if any(self._noticed(actor, group, self._shared(group, before)) for before in ("", *self.asleep)):
            return True
        return any(self._gets_it_done(o) for o in self.seat.as_owner([a.statements for a in group]))

    def _shared(self, group: Sequence[Attack], before: str) -> list[Outcome]:
        """The unprotected actions as one attacker's: he stands in for all.

        Who acts decides nothing where nothing is protected, except through triggers, defaults and views.
        """
        at = (group[0].operation, before)
        if at not in self._told:
            groups = [group] if before else list(self.groups.values())
            every = [a.statements for g in groups for a in g]
            told = iter(self.seat.controls(self.proof.attackers[0], every, before))
            self._told |= {(g[0].operation, before): [next(told) for _ in g] for g in groups}
        return self._told[at]

    @property
    def asleep(self) -> list[str]:
        """The harder controls: without triggers and foreign keys, for an INSERT also without the rows in its way."""
        return list(dict.fromkeys((ASLEEP, self.emptied or ASLEEP)))

    def _noticed(self, actor: Actor, group: Sequence[Attack], outcomes: Sequence[Outcome]) -> bool:
        return any(
            self.proof.effect(actor, self.relation, attack, outcome) or (attack.operation == "INSERT" and outcome.made)
            for attack, outcome in zip(group, outcomes, strict=True)
        )

    def _gets_it_done(self, mine: Outcome) -> bool:
        got = mine.touched or mine.made or [t for t in mine.tokens if t in self.proof.world.entitled]
        return mine.state is None and bool(got)


def _nothing_to_be_had(relation: Relation, operation: str) -> bool:
    """Whether it may be that nothing foreign is to be had here, with or without protection."""
    rare = operation in ("SELECT", "COPY", "UPSERT", "MOVE", "TAKE") or operation.endswith("RETURNING")
    return rare or relation.kind in "vmf"


def _kind(relation: Relation, operation: str) -> str:
    if relation.kind == "v":
        return "view"
    if relation.kind == "m":
        return "materialized view"
    if relation.kind == "f":
        return "foreign table"
    if relation.parents:
        return "partition or child"
    return "read" if operation in ("SELECT", "COPY") else "write"


def _fix(relation: Relation, operation: str) -> str:
    if relation.kind == "v":
        return (
            f"alter view {relation.name} set (security_invoker = true, security_barrier = true), or revoke its grants"
        )
    if relation.kind in "mf":
        return f"row security does not reach {relation.name}: revoke its grants from the API roles"
    if not relation.row_security:
        return f"alter table {relation.name} enable row level security, and give it policies bound to the tenant"
    return f"bind {relation.name}'s policies for {operation.split()[0]} to the tenant (USING and WITH CHECK)"
