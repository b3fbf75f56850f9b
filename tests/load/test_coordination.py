"""One run on many machines: every record is kept once, and what a killed worker had begun is known to be unknown."""

from __future__ import annotations

import argparse
import json
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.waiting import comes_true
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
from tests.load.leading import brisk, ended, invited, load, target

DEADLINE_S = 240.0
WORKERS = 3


def _until(holds: Callable[[], bool], what: str) -> None:
    assert comes_true(holds, within_s=DEADLINE_S), f"{what} did not come about in {DEADLINE_S:.0f} s"


def _at_work(run: Run) -> bool:
    """Whether each worker has let a customer in who has not left yet."""
    here = {claim["customer"] for claim in run.records("claims")} - {
        visit["customer"] for visit in run.records("visits")
    }
    return len({int(customer.partition("-")[2]) % WORKERS for customer in here}) == WORKERS


def test_locusts_options__can_be_sent_to_workers() -> None:
    """Plain Locust's master sends its options to its workers: none is anything but text, a number or nothing."""
    parser = argparse.ArgumentParser()
    plan_source.add_options(parser)

    told = vars(parser.parse_args(["--target", "target.toml", "--seed", "1"]))

    assert json.loads(json.dumps(told)) == told


@pytest.mark.timeout(400)
def test_a_killed_worker__nothing_lost_or_doubled(tmp_path: Path, make_slice: Callable[..., Slice]) -> None:
    """One master and three workers, one of this machine and two from elsewhere, of whom one is killed: each trial that
    began is recorded once, and those that the killed one left unfinished are unknown, neither success nor failure.
    """
    system, run = make_slice().system, Run.create(tmp_path)
    options = ("--processes", "1", "--workers", "2", "--shape", "closed", "--users", "3", "--seed", "1")
    leader = load(
        *options,
        *("--run-time", "200s", "--max-trials", "120", "--population", brisk(tmp_path)),
        *("--target", target(system, tmp_path)),
        LOAD_TEST_DSN=str(system.database_dsn),
        **run.environment,
    )
    with ended(leader):
        host, port = invited(leader)
        workers = [load("--worker", "--master-host", host, "--master-port", port) for _ in range(2)]
        with ended(*workers):
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
