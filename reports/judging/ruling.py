"""The release verdict and its reasons: what proves nothing, what speaks against a release, and what is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.exits import FAILED, NO_EVIDENCE, PASSED, UNDECIDED
from reports.catalogue import declared
from reports.judging import enumeration, inventory, parts, proof
from reports.judging.facts import Facts
from reports.judging.measure import Measurement
from reports.judging.proof import Proof

Verdict = Literal["go", "no-go", "undecided"]
UNRECONCILED = "no paid order was joined with its activation"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The reasons by weight; a release goes only when there is none."""

    broken: tuple[str, ...]
    against: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Broken evidence speaks against a release as a failure does."""
        if self.broken or self.against:
            return "no-go"
        return "undecided" if self.open else "go"

    @property
    def exit_code(self) -> int:
        """0 go, 1 no-go, 3 undecided, 4 no evidence."""
        if self.broken:
            return NO_EVIDENCE
        return {"go": PASSED, "no-go": FAILED, "undecided": UNDECIDED}[self.verdict]

    @property
    def reasons(self) -> list[str]:
        """The heaviest first."""
        return [*self.broken, *self.against, *self.open]


def rule(facts: Facts, measured: Sequence[Measurement], proved: Sequence[Proof]) -> Ruling:
    """Weigh everything that a run recorded."""
    return Ruling(
        broken=tuple(_broken(facts)),
        against=tuple(_against(facts, measured, proved)),
        open=tuple(_open(facts, measured, proved)),
    )


def _broken(facts: Facts) -> Iterator[str]:
    yield from facts.broken
    yield from _broken_tests(facts)
    yield from _broken_load(facts)
    if facts.isolation is not None:
        yield from enumeration.contradictions(facts.isolation)
    yield from _other_code(facts)
    yield from _stopped(facts)
    yield from parts.broken(facts)


def _stopped(facts: Facts) -> Iterator[str]:
    """Yield what was to be tried, and was not, because the verification ended before it."""
    if facts.plan is None:
        return
    if facts.plan.stopped:
        yield f"the verification was stopped half-way: {facts.plan.stopped}"
    done = {step.step for step in facts.steps}
    yield from (f"{part} was to run, and did not come to its end" for part in facts.plan.parts if part not in done)


def _other_code(facts: Facts) -> Iterator[str]:
    """Where not all was tried on the files that the run began with: it is evidence of no commit."""
    code = facts.identity.code if facts.identity else None
    if code is None:
        return
    for then in facts.code_then:
        if then.digest != code.digest:
            what = f"{len(then.changed)} files changed, {then.changed[0]} first" if then.changed else "files changed"
            yield f"{what}, before {then.part} had ended: what ran is of no commit"
    if facts.sessions and not facts.code_then:
        yield "no record says which files there were when the tests had ended"


def _broken_tests(facts: Facts) -> Iterator[str]:
    if not facts.tests:
        yield "no test ran"
    elif all(test.outcome == "skipped" for test in facts.tests):
        yield "every test was skipped"
    if not facts.sessions:
        yield "no pytest session finished"
    for session in facts.sessions:
        if session.workers_lost:
            yield f"{session.workers_lost} pytest workers were lost"
        if session.exit_status not in (0, 1):
            why = f": {session.why}" if session.why else ""
            yield f"a pytest session ended with exit status {session.exit_status}{why}"
        if session.exit_status == 1 and not session.failed + session.error:
            yield "a pytest session ended with exit status 1, and none of its tests failed"
    if facts.tests and not sum(session.executed for session in facts.sessions):
        yield "no test was executed"
    yield from inventory.contradictions(facts)
    yield from _shards(facts)
    yield from _contradictions(facts)
    yield from _missing(facts)


def _missing(facts: Facts) -> Iterator[str]:
    """Yield what nobody even tried to prove."""
    if not facts.tests:
        return
    named = {name for test in facts.tests for name in test.requirements}
    yield from (
        f"no test names {name} {each.title}" for name, each in declared.requirements().items() if name not in named
    )
    ran = {test.nodeid.partition("[")[0] for test in facts.tests}
    yield from (f"the required journey {each.test} did not run" for each in declared.journeys() if each.test not in ran)


def _skipped_journeys(facts: Facts) -> Iterator[str]:
    lived = {test.nodeid.partition("[")[0] for test in facts.tests if test.outcome != "skipped"}
    tried = {test.nodeid.partition("[")[0] for test in facts.tests}
    for each in declared.journeys():
        if each.test in tried - lived:
            yield f"the required journey {each.test} was skipped"


def _shards(facts: Facts) -> Iterator[str]:
    """Yield the parts of a suite that was dealt to several machines, and that are not here, or here twice."""
    seen = Counter(session.shard for session in facts.sessions)
    for of in sorted({int(shard.partition("/")[2]) for shard in seen} - {1}):
        wanted = [f"{number}/{of}" for number in range(1, of + 1)]
        yield from (f"shard {shard} of the tests is missing" for shard in wanted if not seen[shard])
        yield from (f"shard {shard} of the tests is here {seen[shard]} times" for shard in wanted if seen[shard] > 1)


def _contradictions(facts: Facts) -> Iterator[str]:
    """Where the sessions' own account differs from the tests' records: something was deleted or changed."""
    if not facts.sessions:
        return
    recorded = Counter(test.outcome for test in facts.tests)
    for outcome in ("passed", "failed", "skipped", "error"):
        told = sum(getattr(session, outcome) for session in facts.sessions)
        if told != recorded[outcome]:
            yield f"the sessions tell of {told} tests {outcome}, and {recorded[outcome]} are recorded"
    for session in facts.sessions:
        if session.executed < session.passed:
            yield f"a session tells of {session.passed} tests passed, and of {session.executed} executed"
    collected = sum(session.collected for session in facts.sessions)
    if collected > len(facts.tests):
        yield f"{collected} tests were collected, and {len(facts.tests)} are recorded"


def _broken_load(facts: Facts) -> Iterator[str]:
    trials = sum(count.trials + count.unknown for count in facts.counts.values())
    if facts.load is None:
        if trials:
            yield "there are trials, and no load.json that tells how they were made"
        return
    if facts.load.lost_workers:
        yield f"the load run lost {facts.load.lost_workers} of its workers: their trials are missing"
    if facts.load.partial is not None:
        yield f"the load run did not come to its end: {facts.load.partial}"
    if facts.load.requests == 0:
        yield "the load run made no request"
    elif not trials:
        yield "the load run left no trial"
    for metric, count in facts.counts.items():
        if count.trials + count.unknown > facts.load.requests > 0:  # a request is a trial of several metrics, each once
            tried = count.trials + count.unknown
            yield f"the load run made {facts.load.requests} requests, and {tried} trials of {metric} are recorded"
    if facts.load.trials is not None and facts.load.trials != trials:
        yield f"the load run tells of {facts.load.trials} trials, and {trials} are recorded"


def _against(facts: Facts, measured: Sequence[Measurement], proved: Sequence[Proof]) -> Iterator[str]:
    for row in measured:
        if row.judgement.verdict == "missed":
            yield f"{row.metric.id} is missed: {row.judgement.why}"
    for each in proved:
        if each.verdict == "failed":
            yield f"{each.requirement.id} {each.requirement.title}: {each.why}"
    yield from _unnamed_failures(facts)
    yield from _differences(facts)
    for step in facts.steps:
        if step.exit_status == FAILED:
            yield f"{step.step} ended with what speaks against a release (exit status 1): see {step.log}"
    for breach in facts.load.breaches if facts.load else ():
        said = " ".join(str(breach[name]) for name in ("endpoint", "check") if name in breach)
        yield f"a threshold was not kept under load: {said}, measured {breach.get('measured', 'nothing')}"


def _unnamed_failures(facts: Facts) -> Iterator[str]:
    """Yield the failures that no requirement speaks of."""
    today = facts.identity.started_at.date() if facts.identity else None
    for history in proof.histories(facts):
        if any(attempt.requirements for attempt in history.attempts):
            continue
        if history.outcome == "failed":
            yield f"{history.nodeid} failed"
        elif history.outcome == "flaky" and not (today and proof.is_quarantined(history.nodeid, today)):
            yield f"{history.nodeid} failed and then passed, and nobody answers for it"


def _differences(facts: Facts) -> Iterator[str]:
    joined = facts.reconciliation
    if joined is None:
        return
    for count, what in (
        (joined.activated_twice, "were activated twice"),
        (joined.lost, "were paid and never activated"),
        (joined.amount_mismatches, "differ in their amount"),
    ):
        if count:
            yield f"{count} of {joined.gateway_completed} paid orders {what}"
    if joined.differences or joined.activated_once != joined.gateway_completed:
        yield (
            f"{joined.activated_once} of {joined.gateway_completed} paid orders were activated once,"
            f" with {len(joined.differences)} differences between the parties"
        )


def is_reconciled(facts: Facts) -> bool:
    """Whether any order that the gateway was paid for was followed to its subscription."""
    return facts.reconciliation is not None and facts.reconciliation.gateway_completed > 0


def _open(facts: Facts, measured: Sequence[Measurement], proved: Sequence[Proof]) -> Iterator[str]:
    for row in measured:
        if row.judgement.verdict in ("undecided", "not measured"):
            yield f"{row.metric.id} is {row.judgement.verdict}: {row.judgement.why}"
    for each in proved:
        if each.verdict == "not measured":
            yield f"{each.requirement.id} {each.requirement.title} is not measured: {each.why}"
    if not is_reconciled(facts):
        yield f"reconciliation is not measured: {UNRECONCILED}"
    yield from _skipped_journeys(facts)
    if facts.load is None:
        yield "no load was put on the system"
    elif facts.load.generator_saturated:
        yield "the load generator was saturated: what it measured is its own limit"
    yield from parts.left_open(facts)
    yield from inventory.missing(facts)
    yield from inventory.skipped(facts.tests)
