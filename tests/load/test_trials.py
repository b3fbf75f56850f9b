"""The log of trials: each is counted once, and what nobody saw end is unknown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from load.customers.canaries import canary, foreign
from load.trials.trials import RIGHT, Trial, TrialLog, wrong

Records = list[tuple[str, Mapping[str, object]]]


@pytest.fixture
def records() -> Records:
    """What the log wrote, in order."""
    return []


@pytest.fixture
def trials(records: Records) -> TrialLog:
    """An empty log."""
    return TrialLog(lambda kind, record: records.append((kind, record)))


def _trial(number: int = 1) -> Trial:
    return Trial("auth.login", f"auth.login:{number}", f"customer {number}", ["r1"])


def test_closed__counted_and_recorded(trials: TrialLog, records: Records) -> None:
    """A closed trial is counted under its outcome, and its record says why it failed."""
    trials.close(trials.open(_trial(1)), RIGHT)
    trials.close(trials.open(_trial(2)), wrong("the database holds no session"))

    assert dict(trials.counts["auth.login"]) == {"success": 1, "failure": 1}
    assert [record for kind, record in records if kind == "trials"] == [
        {
            "metric": "auth.login",
            "trial": "auth.login:1",
            "outcome": "success",
            "customer": "customer 1",
            "request_ids": ["r1"],
        },
        {
            "metric": "auth.login",
            "trial": "auth.login:2",
            "outcome": "failure",
            "customer": "customer 2",
            "request_ids": ["r1"],
            "why": "the database holds no session",
        },
    ]


def test_closed_twice__refused(trials: TrialLog) -> None:
    """A trial ends once: a second end is a mistake of the harness, and is never counted."""
    trial = trials.open(_trial())
    trials.close(trial, RIGHT)

    with pytest.raises(KeyError):
        trials.close(trial, RIGHT)

    assert trials.closed == 1


def test_dropped__not_counted(trials: TrialLog) -> None:
    """What the customer ended is no trial."""
    trials.drop(trials.open(_trial()))

    assert (trials.closed, trials.pending) == (0, 0)


def test_abandoned__unknown(trials: TrialLog, records: Records) -> None:
    """A trial that is still open at the end is unknown, with the reason."""
    trials.open(_trial())
    trials.abandon("the run ended")

    assert dict(trials.counts["auth.login"]) == {"unknown": 1}
    assert records[-1][1]["why"] == "the run ended"


def test_foreign_canary__found() -> None:
    """Another customer's mark is found wherever it stands in a response; one's own is no leak."""
    mine, theirs = canary("run", 1, 1), canary("run", 1, 2)

    assert foreign(f'{{"name": "{mine}"}}'.encode(), mine) is None
    assert foreign(f'{{"name": "{mine}", "rows": ["x{theirs}y"]}}'.encode(), mine) == theirs
