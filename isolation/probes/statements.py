"""The cells of a relation: every attacker, every operation, each decided by trying it and its control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..attempts.effects import attacked
from ..model.actors import Actor
from ..model.catalog import Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..model.states import DENIED, UNIQUE
from ..planting.inserter import ASLEEP, AWAKE
from .base import Context, Probe
from .shared.attacks import INSERT, READS, Attack, Attacks
from .shared.fixes import relation_fix

STAGE = "attacking each relation"
_RARE = (Deed.READS,)


def run(context: Context) -> Iterator[Evidence]:
    """Every relation."""
    for relation in context.share(list(context.catalog.relations.values()), STAGE):
        yield from attack(context, relation)


def attack(context: Context, relation: Relation) -> Iterator[Evidence]:
    """One relation."""
    yield from _Cells(context, relation).decided()


class _Cells:
    """The attacks on one relation, what they do where nothing is in their way, and what came of them."""

    def __init__(self, context: Context, relation: Relation) -> None:
        self.context, self.relation, self.world = context, relation, context.world
        self._shared_outcomes: dict[tuple[Operation, str], list[Outcome]] = {}
        self._fixes: dict[tuple[Operation, str], str] = {}
        composer = Attacks(context, relation)
        self.groups: dict[Operation, list[Attack]] = {}
        for attack_ in composer.all():
            self.groups.setdefault(attack_.operation, []).append(attack_)
        self.victims, base = composer.victims, composer.base
        self.emptied = f"{ASLEEP}; delete from {base.sql}" if base.tabular else ""

    def decided(self) -> Iterator[Evidence]:
        """Try everything as every attacker: what one may try in one go, shares a transaction."""
        for actor in self.context.attackers():
            anything = any(not self.world.may_write(actor, r) for r in self.victims)
            groups = [g for o, g in self.groups.items() if anything or o == INSERT or o in READS]
            silent = []
            for group, outcomes in zip(groups, self._tried(actor, groups), strict=True):
                if leak := self._leak(actor, group, outcomes):
                    yield leak
                else:
                    silent.append(group)
            yield from self._weighed(actor, silent)

    def _tried(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> list[list[Outcome]]:
        """What came of each; where the role holds no grant, one refusal stands for all of its kind."""
        held = [self.context.catalog.may(actor.role, self.relation, g[0].privilege) for g in groups]
        tried = [g if may else g[:1] for g, may in zip(groups, held, strict=True)]
        outcomes = iter(self.context.attempts(actor, [a.statements for g in tried for a in g]))
        return [self._all(actor, g, [next(outcomes) for _ in t]) for g, t in zip(groups, tried, strict=True)]

    def _all(self, actor: Actor, group: Sequence[Attack], outcomes: list[Outcome]) -> list[Outcome]:
        left = group[len(outcomes) :]
        if outcomes[0].state == DENIED:
            return outcomes + [outcomes[0].silent] * len(left)
        return outcomes + (self.context.attempts(actor, [a.statements for a in left]) if left else [])

    def _effect(self, actor: Actor, attack: Attack, outcome: Outcome) -> str:
        operation = attack.operation
        return attacked(self.world, actor, self.relation, operation.deed, operation.name, attack.statements, outcome)

    def _leak(self, actor: Actor, group: Sequence[Attack], outcomes: Sequence[Outcome]) -> Evidence | None:
        """The first attack of the group that went through."""
        for attack, tried in zip(group, outcomes, strict=True):
            taken = attack.operation == INSERT and tried.state == UNIQUE
            outcome = self.context.attempt(actor, attack.statements, before=self.free) if taken else tried
            if effect := self._effect(actor, attack, outcome):
                before = self.free if taken else ""
                return self._evidence(actor, attack, effect, Control(True), before)
        return None

    def _evidence(self, actor: Actor, attack: Attack, effect: str, control: Control, before: str = "") -> Evidence:
        relation, operation = self.relation, attack.operation
        kind, fix = _kind(relation, operation), ""
        if effect:
            at = (operation, actor.role)
            if at not in self._fixes:
                self._fixes[at] = relation_fix(self.context, relation, actor, attack, before)
            fix = self._fixes[at]
        return Evidence(actor, relation.name, operation, effect, control, attack.statements, before, kind, fix)

    def _weighed(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> Iterator[Evidence]:
        """What did not go through: blocked where it would be noticed with nothing in its way."""
        silent = self._silent(actor, groups)
        for group in groups:
            fired = group not in silent
            if fired or not _nothing_to_be_had(self.relation, group[0].operation):
                yield self._evidence(actor, group[0], "", Control(fired))

    @property
    def free(self) -> str:
        """SQL that takes every row out of the way."""
        return f"{self.emptied}; {AWAKE}" if self.emptied else ""

    def _silent(self, actor: Actor, groups: Sequence[Sequence[Attack]]) -> list[Sequence[Attack]]:
        """The groups of which no attack would be noticed with nothing in its way, nor is when its owner makes it."""
        left = [g for g in groups if not self._fires(actor, g)]
        for before in ("", *self.asleep) if left else ():
            outcomes = iter(self.context.controls(actor, [a.statements for g in left for a in g], before=before))
            left = [g for g in left if not self._noticed(actor, g, [next(outcomes) for _ in g])]
        return left

    def _fires(self, actor: Actor, group: Sequence[Attack]) -> bool:
        """Whether an attack of the group is noticed where one stands in for all, or when its owner makes it."""
        if any(self._noticed(actor, group, self._shared(group, before)) for before in ("", *self.asleep)):
            return True
        return any(self._gets_it_done(o) for o in self.context.as_owner([a.statements for a in group]))

    def _shared(self, group: Sequence[Attack], before: str) -> list[Outcome]:
        """The unprotected actions as one attacker's: he stands in for all.

        Who acts decides nothing where nothing is protected, except through triggers, defaults and views.
        """
        at = (group[0].operation, before)
        if at not in self._shared_outcomes:
            groups = [group] if before else list(self.groups.values())
            every = [a.statements for g in groups for a in g]
            outcomes = iter(self.context.controls(self.context.attackers()[0], every, before=before))
            self._shared_outcomes |= {(g[0].operation, before): [next(outcomes) for _ in g] for g in groups}
        return self._shared_outcomes[at]

    @property
    def asleep(self) -> list[str]:
        """The harder controls: without triggers and foreign keys, for an INSERT also without the rows in its way."""
        return list(dict.fromkeys((ASLEEP, self.emptied or ASLEEP)))

    def _noticed(self, actor: Actor, group: Sequence[Attack], outcomes: Sequence[Outcome]) -> bool:
        return any(
            self._effect(actor, attack, outcome) or (attack.operation == INSERT and outcome.made)
            for attack, outcome in zip(group, outcomes, strict=True)
        )

    def _gets_it_done(self, mine: Outcome) -> bool:
        got = mine.touched or mine.made or [t for t in mine.tokens if t in self.world.entitled]
        return mine.ran and bool(got)


def _nothing_to_be_had(relation: Relation, operation: Operation) -> bool:
    """Whether it may be that nothing foreign is to be had here, with or without protection."""
    rare = operation in READS or operation.name in ("UPSERT", "MOVE", "TAKE") or operation.name.endswith("RETURNING")
    return rare or not relation.tabular


def _kind(relation: Relation, operation: Operation) -> str:
    if not relation.tabular:
        return str(relation.kind)
    if relation.parents:
        return "partition or child"
    return "read" if operation.deed is Deed.READS else "write"


PROBE = Probe(
    STAGE,
    (
        "SELECT",
        "INSERT",
        "UPDATE and DELETE with and without WHERE",
        "moving and taking rows",
        "upsert",
        "RETURNING",
        "views",
        "materialized views",
        "partitions and children",
        "forged claims and headers",
        "settings that the client sets",
        "removed members",
        "unset and empty identity",
    ),
    run,
)
