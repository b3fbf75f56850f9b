"""What one simulated customer means to do, drawn from the population before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from core.contract import STEPS, Cycle, Plan
from load.population.population import DeliveryMode, Ending, Population, Return

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to pay: how it ends, with which code of the gateway, how its webhook travels,
    when the payer returns."""

    ending: Ending
    code: str | None
    delivery: DeliveryMode
    redirect_lost: bool
    returns: Return


@dataclass(frozen=True, slots=True)
class Intent:
    """A customer's mind. `leaves_before` is a step (1 … 23), 0 for the session's start, None for never."""

    number: int
    plan: Plan
    cycle: Cycle
    leaves_unpaid: bool
    attempts: tuple[Attempt, ...]
    leaves_before: int | None
    double_click: bool
    tab_left_open: bool
    mistypes_password: bool
    pauses: tuple[float, ...]


def draw(population: Population, seed: int, number: int) -> Intent:
    """Customer `number` of the population that `seed` plays: the same on every call and in every process."""
    random = Random(f"{seed}:{number}")  # noqa: S311  (a simulation, no secret)
    habits, pauses = population.habits, population.pauses
    return Intent(
        number=number,
        plan=_pick(random, population.plans),
        cycle=_pick(random, population.cycles),
        leaves_unpaid=random.random() < population.drop_outs.before_payment,
        attempts=_attempts(random, _more(seed, number, "returns"), population),
        leaves_before=_leaves_before(random, population),
        double_click=random.random() < habits.double_click,
        tab_left_open=random.random() < habits.tab_left_open,
        mistypes_password=_more(seed, number, "password").random() < habits.mistyped_password,
        pauses=tuple(random.uniform(pauses.shortest, pauses.longest) for _ in range(STEPS + 4)),
    )


def _more(seed: int, number: int, what: str) -> Random:
    """Chance for what was added later: it leaves all that a seed has drawn before as it was."""
    return Random(f"{seed}:{number}:{what}")  # noqa: S311  (a simulation, no secret)


def _attempts(random: Random, returns: Random, population: Population) -> tuple[Attempt, ...]:
    first = _attempt(random, returns, population, _pick(random, population.payment))
    if first.ending in ("failure", "abandoned") and random.random() < population.habits.retry_after_failure:
        return first, _attempt(random, returns, population, "success")
    return (first,)


def _attempt(random: Random, returns: Random, population: Population, ending: Ending) -> Attempt:
    return Attempt(
        ending=ending,
        code=_pick(random, population.failures) if ending == "failure" else None,
        delivery=_pick(random, population.webhook),
        redirect_lost=random.random() < population.habits.lost_redirect,
        returns=_pick(returns, population.returns),
    )


def _leaves_before(random: Random, population: Population) -> int | None:
    chances = [population.drop_outs.after_payment, *(population.drop_outs.at(step) for step in range(1, STEPS + 1))]
    leaving = [step for step, chance in enumerate(chances) if random.random() < chance]
    return min(leaving, default=None)


def _pick(random: Random, shares: Mapping[Name, float]) -> Name:
    return random.choices(list(shares), weights=list(shares.values()))[0]
