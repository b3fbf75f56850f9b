"""Workers whose clocks are wrong decide as those whose clocks are right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence import Run
from load.coordination.processes import LOCUSTFILE
from load.coordination.target import RECONCILE_SCHEDULE
from stack.slice import Slice
from tests.load.clock_fault import FAULTS
from tests.load.leading import ROOT, brisk, ended, invited, load, target

DEADLINE_S = 300.0
LATE = "s are allowed"
"""Said of a sign-up or a login that took too long: on a machine that runs other tests besides, that says nothing."""


@pytest.mark.timeout(400)
def test_wrong_clocks__change_no_verdict(tmp_path: Path, make_slice: Callable[..., Slice]) -> None:
    """One run with four workers whose clocks are 15 s ahead, 15 s behind, stepping and drifting: nothing is late, and
    nothing is unknown for want of a clock.
    """
    system, run = make_slice(RECONCILE_SCHEDULE=RECONCILE_SCHEDULE).system, Run.create(tmp_path)
    options = ("--processes", "0", "--workers", str(len(FAULTS)), "--shape", "closed", "--users", "8", "--seed", "1")
    leader = load(
        *options,
        *("--run-time", "200s", "--max-trials", "300", "--population", brisk(tmp_path)),
        *("--target", target(system, tmp_path)),
        LOAD_TEST_DSN=str(system.database_dsn),
        **run.environment,
    )
    with ended(leader):
        host, port = invited(leader)
        joining = ("-f", str(LOCUSTFILE), "--worker", "--master-host", host, "--master-port", port)
        workers = [
            subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "tests.load.clock_fault", fault, *joining],
                cwd=ROOT,
                env=os.environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for fault in FAULTS
        ]
        with ended(*workers):
            said = leader.communicate(timeout=DEADLINE_S)

    trials, paid = run.records("trials"), {each["worker"] for each in run.records("orders") if each["paid"]}
    completions = [each for each in trials if each["metric"] == "payment.completion"]
    outcomes = Counter(each["outcome"] for each in completions)

    assert leader.returncode in (0, 1, 3), said
    assert paid == set(range(len(FAULTS))), "somebody paid at each of the workers"
    assert [each for each in trials if each["outcome"] != "success" and LATE not in each["why"]] == []
    assert outcomes["success"] >= len(FAULTS)
    assert [each["why"] for each in completions if each["outcome"] == "failure"] == []
