"""What a report costs: the scorecard of a large run, its Allure report, and what recording adds to a test."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import ROOT, Case, UnmeasurableError, run

TESTS, TRIALS = 1_000, 100_000
EMPTY = "import pytest\n\n@pytest.mark.parametrize('n', range({}))\ndef test_empty(n): ...\n"


def _large_run(folder: Path) -> Path:
    """Return a run's directory with so many tests and trials."""
    from evidence import Run
    from reports.catalogue import declared

    made = Run.create(folder / "runs", commit="bench")
    requirements, metrics = list(declared.requirements()), [*declared.metrics()]
    recorder = made.recorder("bench")
    for number in range(TESTS):
        test = {"nodeid": f"tests/test_it.py::test_{number}", "requirements": [requirements[number % 20]]}
        recorder.write("tests", test | {"outcome": "passed", "attempt": 1, "duration_s": 0.1})
    for number in range(TRIALS):
        trial = {"metric": metrics[number % 12], "trial": f"t{number}", "outcome": "success", "request_ids": ["r" * 32]}
        recorder.write("trials", trial)
    recorder.close()
    return made.directory


def _scorecard() -> float:
    from evidence import Run
    from reports.commands import publish

    with TemporaryDirectory() as folder:
        large = Run(_large_run(Path(folder)))
        began = time.monotonic()
        publish.write(large)
        return time.monotonic() - began


def _allure() -> float:
    from evidence import Run
    from reports.commands import publish
    from reports.views import allure_report

    with TemporaryDirectory() as folder:
        made = Run(_large_run(Path(folder)))
        publish.write(made)
        _results(made.directory / "allure-results")
        began = time.monotonic()
        try:
            allure_report.draw(made)
        except allure_report.AllureUnavailableError as reason:
            raise UnmeasurableError(str(reason)) from reason
        return time.monotonic() - began


def _results(folder: Path) -> None:
    """As many results as there are tests, left by the adapter for empty ones."""
    with TemporaryDirectory() as tests:
        _session(Path(tests), TESTS, "--alluredir", str(folder))


def _session(folder: Path, tests: int, *arguments: str) -> float:
    """Return the seconds of a pytest session of empty tests, without anything of ours but what `arguments` name."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_empty.py").write_text(EMPTY.format(tests))
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-c", str(folder / "pytest.ini"))
    return run((*command, "--rootdir", str(folder), *arguments, str(folder / "test_empty.py")))


def _recorded() -> float:
    """Return the seconds that our plugins and Allure's add to 1,000 empty tests, beyond what starting them costs."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        bare = _session(place, TESTS) - _session(place, 1)
        (place / "conftest.py").write_text((ROOT / "conftest.py").read_text())
        (place / "nowhere.toml").write_text('[target]\nbase_url = "http://127.0.0.1:9"\n')
        ours = ("--alluredir", str(place / "allure"), "--target", str(place / "nowhere.toml"))
        recorded = _session(place, TESTS, *ours) - _session(place, 1, *ours)
        return (recorded - bare) * 1_000 / TESTS


CASES = (
    Case("scorecard of 1,000 tests and 100,000 trials", _scorecard, promise_s=2.0),
    Case("Allure report of 1,000 tests", _allure),
    Case("recording 1,000 tests", _recorded, promise_s=3.0),
)
