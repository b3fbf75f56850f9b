"""What the tests prove: a verdict for each requirement, and the tests that cannot make up their mind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from reports.catalogue import declared
from reports.judging.facts import Defect, Facts, Test

Outcome = Literal["passed", "failed", "not measured"]
FAILURES = ("failed", "error")


@dataclass(frozen=True, slots=True)
class History:
    """All attempts of one test, oldest first."""

    nodeid: str
    attempts: tuple[Test, ...]

    @property
    def outcome(self) -> Literal["passed", "failed", "skipped", "flaky"]:
        """Flaky is a test that both failed and passed."""
        seen = {attempt.outcome for attempt in self.attempts}
        if seen & set(FAILURES):
            return "flaky" if "passed" in seen else "failed"
        return "passed" if "passed" in seen else "skipped"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the tests say of one requirement."""

    requirement: declared.Requirement
    passed: int
    failed: int
    skipped: int
    flaky: int
    defects_seeded: int
    defects_detected: int
    promises: int
    unkept: tuple[str, ...]
    verdict: Outcome
    why: str

    @property
    def covered(self) -> int:
        """Of how many of its promises a test passed."""
        return self.promises - len(self.unkept)

    @property
    def tests(self) -> int:
        """How many tests name it."""
        return self.passed + self.failed + self.skipped + self.flaky


def histories(facts: Facts) -> list[History]:
    """Return the tests of a run, by node id."""
    attempts: dict[str, list[Test]] = defaultdict(list)
    for test in facts.tests:
        attempts[test.nodeid].append(test)
    return [
        History(name, tuple(sorted(each, key=lambda test: test.attempt))) for name, each in sorted(attempts.items())
    ]


def is_quarantined(nodeid: str, today: date) -> bool:
    """Whether somebody answers for this flaky test today."""
    return declared.known_issues().answers_for(nodeid, today) is not None


def session_is_whole(facts: Facts) -> bool:
    """Whether at least one pytest session finished, and all that did lost nobody."""
    return bool(facts.sessions) and all(
        session.workers_lost == 0 and session.exit_status in (0, 1) for session in facts.sessions
    )


def prove(facts: Facts) -> list[Proof]:
    """Return the verdict of each requirement, in the plan's order."""
    named: dict[str, list[History]] = defaultdict(list)
    for history in histories(facts):
        for requirement in {name for attempt in history.attempts for name in attempt.requirements}:
            named[requirement].append(history)
    return [_prove(requirement, named[requirement.id], facts) for requirement in declared.requirements().values()]


def _prove(requirement: declared.Requirement, tests: Sequence[History], facts: Facts) -> Proof:
    today = facts.identity.started_at.date() if facts.identity else date.max
    count = {outcome: sum(test.outcome == outcome for test in tests) for outcome in ("passed", "failed", "skipped")}
    flaky = [test for test in tests if test.outcome == "flaky"]
    loose = [test for test in flaky if not is_quarantined(test.nodeid, today)]
    defects = [defect for defect in facts.defects if defect.requirement == requirement.id]
    promises = declared.promises_of(requirement.id)
    unnamed = _left(promises, tests, ("passed", "failed", "flaky", "skipped"))
    verdict, why = _judge(count, len(loose), defects, unnamed, whole=session_is_whole(facts))
    return Proof(
        requirement=requirement,
        **count,
        flaky=len(flaky),
        defects_seeded=len(defects),
        defects_detected=sum(defect.detected for defect in defects),
        promises=len(promises),
        unkept=_left(promises, tests, ("passed",)),
        verdict=verdict,
        why=why,
    )


def _left(promises: Sequence[str], tests: Sequence[History], outcomes: Sequence[str]) -> tuple[str, ...]:
    """Return the promises that no test of one of these outcomes names."""
    named = {name for test in tests if test.outcome in outcomes for each in test.attempts for name in each.promises}
    return tuple(name for name in promises if name not in named)


def _judge(
    count: dict[str, int], flaky: int, defects: Sequence[Defect], unnamed: Sequence[str], *, whole: bool
) -> tuple[Outcome, str]:
    missed = [defect.defect for defect in defects if not defect.detected]
    if count["failed"]:
        return "failed", f"{_tests(count['failed'])} failed"
    if flaky:
        return "failed", f"{_tests(flaky)} failed and then passed, and nobody answers for it"
    if missed:
        return "failed", f"its tests did not notice the seeded defect {missed[0]}"
    if not count["passed"]:
        return "not measured", "every test was skipped" if count["skipped"] else "no test names it"
    if not whole:
        return "not measured", "the session of its tests did not finish whole"
    if unnamed:
        return "not measured", f"no test names its promise {', '.join(unnamed)}"
    return "passed", f"{_tests(count['passed'])} passed"


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"
