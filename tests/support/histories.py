"""Histories drawn at random: few and the same for the same seed in a push, many with ``--explore``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase, ReadOnlyDatabase
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from fixtures.options import SEED

FINDS = Path(__file__).parent.parent / "finds"
"""Histories that went wrong once; each is tried again first, until its machine changes."""
REQUESTS_PER_HISTORY = 40


def try_histories(machine: type[RuleBasedStateMachine], config: pytest.Config, *, few: int, steps: int) -> None:
    """Runs the machine: ``few`` histories, or with ``--explore`` as many as ``--examples`` requests make."""
    exploring = config.option.explore
    known = DirectoryBasedExampleDatabase(FINDS)
    drawn = settings(
        max_examples=max(few, config.option.examples // REQUESTS_PER_HISTORY) if exploring else few,
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        database=known if exploring else ReadOnlyDatabase(known),
        phases=[phase for phase in Phase if exploring or phase is not Phase.shrink],
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    first: list[Exception] = []
    try:
        run_state_machine_as_test(seed(config.stash[SEED])(_remembering(machine, first)), settings=drawn)
    except Flaky as vague:  # told again, the story went wrong at another step: what was seen first says more
        raise (first[0] if first else vague) from vague


def _remembering(machine: type[RuleBasedStateMachine], wrong: list[Exception]) -> type[RuleBasedStateMachine]:
    """The machine, whose first failed invariant is kept."""

    def kept(check: Callable[..., None]) -> Callable[..., None]:
        @wraps(check)
        def checked(*args: Any, **named: Any) -> None:
            try:
                check(*args, **named)
            except Exception as error:
                wrong.append(error)
                raise

        return checked

    checks = {name: kept(getattr(machine, name)) for name in ("check_invariants", "teardown")}
    return type(machine.__name__, (machine,), checks)
