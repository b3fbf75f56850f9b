"""The parts of a verification: which were asked for, which ended and how, and whether each left what it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.exits import FAILED, PASSED, UNDECIDED
from reports.catalogue import declared
from reports.catalogue.parts import PARTS
from reports.judging.facts import Facts

DECIDING = (PASSED, FAILED, UNDECIDED)


def broken(facts: Facts) -> Iterator[str]:
    """Name parts that broke, or whose evidence is lost."""
    for step in facts.steps:
        if step.exit_status not in DECIDING:
            yield f"{step.step} broke (exit status {step.exit_status}): see {step.log}"
            continue
        for pattern in facts.lacking.get(step.step, ()):
            yield f"{pattern}: {step.step} must have left it, and there is nothing in it"
    ended = {step.step for step in facts.steps}
    asked = set(facts.identity.asked) if facts.identity else set()
    yield from (f"steps/ does not say how {part} ended" for part in PARTS if part in asked - ended - _left_out(facts))
    yield from _contradictions(facts)


def _contradictions(facts: Facts) -> Iterator[str]:
    """Say where a part's exit status is not what its own record says."""
    ended = Counter(step.exit_status for step in facts.steps if step.step == "pytest")
    said = Counter(session.exit_status for session in facts.sessions)
    if ended and said and ended != said:
        yield f"pytest ended with {_statuses(ended)}, and its sessions say {_statuses(said)}"


def _statuses(counted: Counter[int]) -> str:
    return " and ".join(f"exit status {status}" for status in sorted(counted.elements()))


def left_open(facts: Facts) -> Iterator[str]:
    """Name parts of a release that nobody tried or that decided nothing, and rules that nobody broke on purpose."""
    for step in facts.steps:
        if step.exit_status == UNDECIDED:
            yield f"{step.step} ended undecided (exit status {UNDECIDED}): see {step.log}"
    if facts.identity is None:
        return
    why = facts.identity.left_out
    yield from (f"{part} was left out: {why[part]}" for part in PARTS if part in why)
    ended = {step.step for step in facts.steps}
    unasked = [part for part in PARTS if part not in {*facts.identity.asked, *ended, *why}]
    yield from (f"{part} was not asked for: a partial run decides no release" for part in unasked)
    if "defects" in ended:
        seeded = {defect.requirement for defect in facts.defects}
        lacking = [name for name in declared.requirements() if name not in seeded]
        if lacking:
            yield f"no defect was seeded for {', '.join(lacking)}: nothing shows that their tests would notice"


def is_partial(facts: Facts) -> bool:
    """Say whether the run was not even asked for all that a release needs."""
    return facts.identity is None or not set(PARTS) <= {*facts.identity.asked, *facts.identity.left_out}


def _left_out(facts: Facts) -> set[str]:
    return set(facts.identity.left_out) if facts.identity else set()
