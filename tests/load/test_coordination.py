"""One run on many machines: every record is kept once, and what a killed worker had begun is known to be unknown."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evidence import Run
from load.__main__ import main
from load.commands.options import parse
from load.coordination import plan_source
from load.coordination.coordinator import HELLO, Coordinator
from load.coordination.plan import Plan
from load.population.population import DEFAULT
from load.population.shapes import Shape
from stack.slice import Slice
from stack.system import System

ROOT = Path(__file__).parents[2]
DEADLINE_S = 240.0
WORKERS = 3
INVITATION = re.compile(r"--master-host (\S+) --master-port (\d+)")


def _load(*options: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "load", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


BRISK = {
    "longest = 0.1": "longest = 0.0",
    "success = 0.85": "success = 0.98",
    "failure = 0.08": "failure = 0.0",
    "pending = 0.05": "pending = 0.0",
    "duplicate = 0.04": "duplicate = 0.10",
    "late = 0.03": "late = 0.0",
    "lost = 0.03": "lost = 0.0",
    "lost_redirect = 0.05": "lost_redirect = 0.0",
}
"""Nobody pauses or waits for messages: someone who is inside has begun something, at any moment."""


def _brisk(folder: Path) -> str:
    file, text = folder / "population.toml", DEFAULT.read_text()
    for usual, brisk in BRISK.items():
        text = text.replace(usual, brisk)
    file.write_text(text)
    return str(file)


def _target(system: System, folder: Path) -> str:
    file = folder / "target.toml"
    gateway = f'admin_url = "{system.gateway_admin_url}"\nmerchant_id = "{system.merchant_id}"\n'
    file.write_text(
        f'[target]\nbase_url = "{system.base_url}"\ndisposable = true\n'
        f'[database]\ndsn_env = "CROWD_DSN"\n[gateway]\nurl = "{system.gateway_url}"\n{gateway}'
    )
    return str(file)


@contextmanager
def _ended(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens, these are not left behind."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about in {DEADLINE_S:.0f} s"
        time.sleep(0.05)


def _at_work(run: Run) -> bool:
    """Whether each worker has let a customer in who has not left yet."""
    here = {claim["customer"] for claim in run.records("claims")} - {
        visit["customer"] for visit in run.records("visits")
    }
    return len({int(customer.partition("-")[2]) % WORKERS for customer in here}) == WORKERS


def _invited(leader: subprocess.Popen[str]) -> tuple[str, str]:
    assert leader.stderr is not None
    for line in leader.stderr:
        if found := INVITATION.search(line):
            return found[1], found[2]
    raise AssertionError("nobody was invited")


def test_locusts_options__can_be_sent_to_workers() -> None:
    """Plain Locust's master sends its options to its workers: none is anything but text, a number or nothing."""
    parser = argparse.ArgumentParser()
    plan_source.add_options(parser)

    told = vars(parser.parse_args(["--target", "target.toml", "--seed", "1"]))

    assert json.loads(json.dumps(told)) == told


@pytest.mark.timeout(400)
def test_a_killed_worker__nothing_lost_or_doubled(tmp_path: Path, make_slice: Callable[..., Slice]) -> None:
    """One master and three workers, one of this machine and two from elsewhere, of whom one is killed: each trial that
    began is recorded once, and those that the killed one left unfinished are unknown, neither success nor failure."""
    system, run = make_slice().system, Run.create(tmp_path)
    options = ("--processes", "1", "--workers", "2", "--shape", "closed", "--users", "3", "--seed", "1")
    leader = _load(
        *options,
        *("--run-time", "200s", "--max-trials", "120", "--population", _brisk(tmp_path)),
        *("--target", _target(system, tmp_path)),
        CROWD_DSN=str(system.database_dsn),
        **run.environment,
    )
    with _ended(leader):
        host, port = _invited(leader)
        workers = [_load("--worker", "--master-host", host, "--master-port", port) for _ in range(2)]
        with _ended(*workers):
            _until(lambda: _at_work(run), "every worker at work")
            workers[0].send_signal(signal.SIGKILL)
            said = leader.communicate(timeout=DEADLINE_S)

    claims, trials = run.records("claims"), run.records("trials")
    begun = {claim["trial"] for claim in claims if claim["phase"] == "opened"}
    closed = {claim["trial"] for claim in claims if claim["phase"] != "opened"}
    outcomes = {trial["trial"]: trial["outcome"] for trial in trials}
    joined = {told["worker"] for told in run.records("workers") if told["state"] == "joined"}
    left = {told["worker"] for told in run.records("workers") if told["state"] == "left"}

    assert leader.returncode == 4, said
    assert (len(joined), len(left)) == (WORKERS, WORKERS - 1)
    assert len(outcomes) == len(trials) == run.document("load.json")["trials"]
    assert [told for told in run.records("workers") if told["state"] == "gap"] == []
    assert begun - closed, "the killed worker had begun nothing: it was killed too early to prove anything"
    assert {outcomes[name] for name in begun - closed} == {"unknown"}
    operations = run.records("operations")
    assert len(operations) == run.document("load.json")["requests"]
    assert {name for claim in claims for name in claim["request_ids"]} <= {each["request_id"] for each in operations}
    assert max(Counter(visit["customer"] for visit in run.records("visits")).values()) == 1
    assert "was lost: what it had begun is unknown" in run.document("load.json")["lost_workers"][0]
    assert run.document("load.json")["partial"] == run.document("load.json")["lost_workers"][0]


def test_a_worker_too_many__is_turned_away(tmp_path: Path) -> None:
    """Nobody plays a part twice: who comes uninvited gets no plan, and the run goes on without."""
    heard: dict[str, Callable[..., None]] = {}
    sent: list[tuple[str, str]] = []

    class Master:
        def register_message(self, kind: str, listener: Callable[..., None]) -> None:
            heard[kind] = listener

        def send_message(self, kind: str, _: object = None, client_id: str = "") -> None:
            sent.append((kind, client_id))

    class Hello:
        data = {"index": None}  # noqa: RUF012

        def __init__(self, worker: str) -> None:
            self.node_id = worker

    run = Run.create(tmp_path)
    plan = Plan(
        System("s", "http://127.0.0.1:9"), run.directory, tmp_path, DEFAULT, 1, 1, Shape(), processes=1, local=0
    )
    Coordinator(Master(), plan, 0)  # type: ignore[arg-type]
    for worker in ("first", "second", "first"):
        heard[HELLO](msg=Hello(worker))

    assert [worker for _, worker in sent] == ["first"]
    assert [told["state"] for told in run.records("workers")] == ["joined", "refused", "joined"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--worker"], "the following arguments are required: --master-host, --master-port"),
        (["--worker", "--master-host", "h", "--master-port", "0"], "'0' is out of range"),
        (
            ["--worker", "--master-host", "h", "--master-port", "5557", "--users", "3"],
            "unrecognized arguments: --users",
        ),
    ],
)
def test_a_worker_takes_orders_only(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A worker is told where its master is, and nothing else: the plan is the master's."""
    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


def test_nobody_to_generate__is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A run without any process would prove nothing."""
    with pytest.raises(SystemExit):
        parse(["--processes", "0"])

    assert "0 leaves nobody to generate" in capsys.readouterr().err
