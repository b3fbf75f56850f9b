"""Which tests there are, by a collection of its own, against which left a record: what did not run is named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from reports.judging.facts import Collection, Facts, Test

MOST = 3
"""So many tests are named of each reason."""
ON_TARGET = "not verifiable on this target"
"""How a skip begins that the target's file explains: such a test is not measured, and no sign of a narrowed suite."""


def contradictions(facts: Facts) -> Iterator[str]:
    """Say what cannot be believed about which tests there were."""
    if facts.tests and not facts.inventories:
        yield "inventory/ is missing: nothing says which tests there were to run"
    known = {entry.nodeid for inventory in facts.inventories for entry in inventory.tests}
    yield from _different(facts)
    if facts.inventories:
        strange = sorted({test.nodeid for test in facts.tests} - known)
        if strange:
            yield f"{_named(strange)} ran, and the inventory does not have {'it' if len(strange) == 1 else 'them'}"
    for inventory in facts.inventories:
        if inventory.uncollected:
            yield f"{_named(inventory.uncollected)} stands in the tests' files, and no collection finds it"
    times = Counter((test.nodeid, test.attempt) for test in facts.tests)
    twice = sorted({nodeid for (nodeid, _), n in times.items() if n > 1})
    if twice:
        yield f"{_named(twice)} ran more than once: its records do not say which is right"


def _different(facts: Facts) -> Iterator[str]:
    """Compare what the parts dealt from: else some tests run nowhere, and others twice."""
    for other in facts.inventories[1:]:
        first = facts.inventories[0]
        if other.digest == first.digest:
            continue
        mine, theirs = {entry.nodeid for entry in first.tests}, {entry.nodeid for entry in other.tests}
        only = sorted(mine ^ theirs)
        yield f"the machines dealt from different inventories: {_named(only) if only else 'their requirements differ'}"
    dealt = {collection.digest for collection in facts.collections if collection.of > 1}
    if len(dealt) > 1:
        yield f"the shards dealt from {len(dealt)} different collections: some tests ran nowhere, others twice"


def missing(facts: Facts) -> Iterator[str]:
    """Name the tests of the inventory that left no record, by what is known of the reason."""
    recorded = {test.nodeid for test in facts.tests}
    reasons: dict[str, list[str]] = defaultdict(list)
    for nodeid in sorted({entry.nodeid for inventory in facts.inventories for entry in inventory.tests} - recorded):
        reasons[_reason(nodeid, facts.collections)].append(nodeid)
    yield from (f"{_named(tests)} did not run: {reason}" for reason, tests in reasons.items())
    yield from _without_driver(facts, recorded)


def _without_driver(facts: Facts, recorded: set[str]) -> Iterator[str]:
    """Name a driver by which no customer came."""
    drivers: dict[str, set[str]] = defaultdict(set)
    for inventory in facts.inventories:
        for entry in inventory.tests:
            for driver in entry.drivers:
                drivers[driver].add(entry.nodeid)
    for driver, tests in sorted(drivers.items()):
        if recorded and not tests & recorded:
            yield f"no customer came by the driver {driver}: its {len(tests)} tests left no record"


def _reason(nodeid: str, collections: Sequence[Collection]) -> str:
    file = nodeid.partition("::")[0]
    words = " ".join(word for collection in collections for word in collection.narrowed) or "no option says why"
    for collection in collections:
        if nodeid in collection.deselected:
            return f"deselected ({words})"
        for path, why in collection.uncollected.items():
            if file == path.partition("::")[0]:
                return f"{path}: {why}"
        for path in collection.ignored:
            if file == path or file.startswith(f"{path}/"):
                return f"{path} was ignored ({words})"
    return f"it was not collected, or the session ended before ({words})"


def skipped(tests: Sequence[Test]) -> Iterator[str]:
    """Name the tests of requirements that were skipped for a reason that is not the target's."""
    reasons: dict[str, list[str]] = defaultdict(list)
    lived = {test.nodeid for test in tests if test.outcome != "skipped"}
    for test in tests:
        if test.requirements and test.nodeid not in lived and ON_TARGET not in test.why:
            reasons[test.why].append(test.nodeid)
    yield from (f"{_named(sorted(names))} skipped: {why}" for why, names in reasons.items())


def _named(nodeids: Sequence[str]) -> str:
    """Name the first few, and say how many there are."""
    shown = ", ".join(nodeids[:MOST])
    return f"{len(nodeids)} tests ({shown}, …)" if len(nodeids) > MOST else shown
