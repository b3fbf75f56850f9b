"""What one simulated customer means to do, drawn from the population before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from core.contract import STEPS, Cycle, Plan
from load.population.population import DeliveryMode, Ending, Population

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to pay: how it ends, with which code of the gateway, and how its webhook is delivered."""

    ending: Ending
    code: str | None
    delivery: DeliveryMode
    redirect_lost: bool


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
        attempts=_attempts(random, population),
        leaves_before=_leaves_before(random, population),
        double_click=random.random() < habits.double_click,
        tab_left_open=random.random() < habits.tab_left_open,
        pauses=tuple(random.uniform(pauses.shortest, pauses.longest) for _ in range(STEPS + 4)),
    )


def _attempts(random: Random, population: Population) -> tuple[Attempt, ...]:
    first = _attempt(random, population, _pick(random, population.payment))
    if first.ending in ("failure", "abandoned") and random.random() < population.habits.retry_after_failure:
        return first, _attempt(random, population, "success")
    return (first,)


def _attempt(random: Random, population: Population, ending: Ending) -> Attempt:
    return Attempt(
        ending=ending,
        code=_pick(random, population.failures) if ending == "failure" else None,
        delivery=_pick(random, population.webhook),
        redirect_lost=random.random() < population.habits.lost_redirect,
    )


def _leaves_before(random: Random, population: Population) -> int | None:
    chances = [population.drop_outs.after_payment, *(population.drop_outs.at(step) for step in range(1, STEPS + 1))]
    leaving = [step for step, chance in enumerate(chances) if random.random() < chance]
    return min(leaving, default=None)


def _pick(random: Random, shares: Mapping[Name, float]) -> Name:
    return random.choices(list(shares), weights=list(shares.values()))[0]
