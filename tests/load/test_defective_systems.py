"""A system that does nothing of what a metric is named after fails in every trial of it, whatever else makes it so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from defects import application
from defects.defect import Defect, Edit
from fixtures.options import SEED
from load.coordination.target import RECONCILE_SCHEDULE
from load.judging.metric_status import count, outcomes
from load.population.intent import Intent
from load.trials.trials import METRICS
from reports.judging.verdict import Count
from stack.slice import Slice
from tests.load.defective import MIND, PAYS, Seeded, catalogue, play

NOTHING = catalogue("nothing")
WEBHOOKS = [each for each in NOTHING if each.metric == "payment.webhook"]
OTHERS = [each for each in NOTHING if each.metric != "payment.webhook"]
AT_ONCE = replace(MIND, attempts=(replace(PAYS, returns="at_once"),))
IMPATIENT = "3x1,1x600"
"""A reconciler for systems of which no webhook is judged: customers wait for nothing as long."""
DRAWN = 2
"""So many of the others are tried by every run, drawn by its seed; all of them with `--explore`."""


@pytest.mark.parametrize("seeded", WEBHOOKS, ids=lambda seeded: seeded.defect.id)
def test_webhooks_ignored__missed(
    seeded: Seeded, tmp_path: Path, make_slice: Callable[..., Slice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that ignores its webhooks misses their metric, though redirect, reconciler or a look make up for it."""
    _is_missed(seeded, tmp_path, make_slice, monkeypatch, [MIND] * 4, RECONCILE_SCHEDULE)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("place", range(DRAWN))
def test_nothing_done__missed(
    place: int,
    tmp_path: Path,
    make_slice: Callable[..., Slice],
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    """A system that does nothing of what a metric is named after misses it, whatever else makes it so."""
    drawn = Random(pytestconfig.stash[SEED]).sample(OTHERS, len(OTHERS))  # noqa: S311 - a sample, no secret
    for seeded in drawn[place::DRAWN] if pytestconfig.option.explore else [drawn[place]]:
        _is_missed(seeded, tmp_path / seeded.defect.id, make_slice, monkeypatch, [AT_ONCE] * 4, IMPATIENT)


def _is_missed(
    seeded: Seeded,
    folder: Path,
    make_slice: Callable[..., Slice],
    monkeypatch: pytest.MonkeyPatch,
    minds: list[Intent],
    schedule: str,
) -> None:
    """Play against the system: so many of the metric's trials fail that its verdict is that it is missed."""
    monkeypatch.setenv("RAPTORFLOW_APPLICATION", str(seeded.copy(folder / "application")))
    run = play(make_slice(RECONCILE_SCHEDULE=schedule).system, folder, minds, schedule)
    ended = count(run.trials, seeded.metric)

    assert ended.unknown == 0, seeded
    assert ended.failures >= 3, seeded
    assert ended.failures >= seeded.share * ended.trials, seeded
    assert outcomes(run.trials)[seeded.metric] == "missed", seeded


def test_nothing_broken__all_right(tmp_path: Path, make_slice: Callable[..., Slice]) -> None:
    """The same customers find nothing wrong with a whole system: each metric has its trials, and none fails."""
    run = play(make_slice(RECONCILE_SCHEDULE=RECONCILE_SCHEDULE).system, tmp_path, [MIND] * 2 + [AT_ONCE] * 2)

    assert {metric: count(run.trials, metric).failures for metric in METRICS} == dict.fromkeys(METRICS, 0)
    assert all(count(run.trials, metric).successes for metric in METRICS)


LOG_IN = "session = await service.log_in(held, wish)"
FORM = Edit("raptorflow/web/account.py", LOG_IN, "raise Problem(503, 'BUSY', 'Later.')")


def test_login_that_fails_on_the_way_back__no_failed_completion(
    tmp_path: Path, make_slice: Callable[..., Slice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back from the gateway and cannot log in to the website has paid all the same, and sees so elsewhere."""
    broken = Defect("form-lets-nobody-in", "AUTH-2", "The login form lets nobody in.", (FORM,))
    monkeypatch.setenv("RAPTORFLOW_APPLICATION", str(application.copy(tmp_path / "application", broken)))
    run = play(make_slice(RECONCILE_SCHEDULE=IMPATIENT).system, tmp_path, [AT_ONCE] * 2, IMPATIENT)

    assert count(run.trials, "payment.completion") == Count(successes=2)
    assert [each["status"] for each in run.operations if each["name"] == "log in page"].count(503) == 2


@pytest.mark.parametrize("file", ["nothing", "rates"])
def test_edits__fit_the_code(file: str) -> None:
    """Each seeded system can still be made: an edit that no longer fits is no proof of anything."""
    seeded = catalogue(file)

    application.check([each.defect for each in seeded])
    assert {each.metric for each in seeded} <= set(METRICS)
    if file == "nothing":
        assert {each.metric for each in seeded} == set(METRICS)
