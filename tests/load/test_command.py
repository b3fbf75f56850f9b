"""`python -m load`, as a release manager runs it: in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from evidence import ENVIRONMENT_VARIABLE, Run
from load.__main__ import main
from load.commands.options import parse
from load.trials.trials import METRICS

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 120
LATE = "s are allowed"
"""Said of what only took too long: on a machine that runs other tests besides, that says nothing."""


class Proxy:
    """Takes connections, answers none, and remembers what was asked first."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def environment(self) -> dict[str, str]:
        """What a shell says of a proxy that is for everything."""
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
        return {spelt: url for name in names for spelt in (name, name.upper())} | {"no_proxy": "", "NO_PROXY": ""}

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(5)
                    self.heard.append(connection.recv(200))

    def close(self) -> None:
        """Take no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy that nobody should ask."""
    with closing(Proxy()) as proxy:
        yield proxy


def _python(*arguments: str, run: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings, **({ENVIRONMENT_VARIABLE: str(run)} if run else {})}
    return subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def _load(*options: str, run: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    return _python("-m", "load", *options, run=run, **settings)


def _patient(tmp_path: Path) -> str:
    """Thresholds that a busy machine keeps, too."""
    file = tmp_path / "thresholds.toml"
    file.write_text('[[threshold]]\nendpoint = "*"\ncheck = "rate==1"\n')
    return str(file)


def test_short_run__leaves_trials_of_every_metric(tmp_path: Path, proxy: Proxy) -> None:
    """A few seconds of real customers leave trials of all metrics within reach, none wrong, all money reconciled; and
    whatever `http_proxy` and its family say, no request to this machine goes to a proxy.
    """
    run = Run.create(tmp_path)
    options = ("--shape", "closed", "--users", "3", "--max-trials", "40", "--run-time", "60", "--seed", "1")
    ended = _load(*options, "--thresholds", _patient(tmp_path), run=run.directory, **proxy.environment)
    trials = run.records("trials")
    outcomes = Counter((trial["metric"], trial["outcome"]) for trial in trials)

    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert proxy.heard == []
    assert {metric for metric, _ in outcomes} == set(METRICS)
    assert [trial for trial in trials if trial["outcome"] != "success" and LATE not in trial["why"]] == []
    assert len({trial["trial"] for trial in trials}) == len(trials)

    load, reconciled = run.document("load.json"), run.document("reconciliation.json")

    assert load["requests"] == len(run.records("operations")) > 0
    assert load["users"] == len(run.records("visits")) == load["funnel"][0]["customers"]
    assert load["latency"]["sign up"]["p95_ms"] > 0
    assert reconciled["gateway_completed"] == reconciled["activated_once"] > 0
    assert reconciled["differences"] == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--users", "0"), "'0' is out of range; write a whole number from 1 to 10000"),
        (("--rate", "fast"), "'fast' is no arrival rate; write a number from 0.01 to 1000"),
        (("--run-time", "soon"), "'soon' is no run time; write 90, 60s, 3m or 1m30s"),
    ],
)
def test_bad_option__named_with_remedy(options: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option ends the command with code 2, and a line that says what to write."""
    with pytest.raises(SystemExit) as end:
        parse(options)

    assert end.value.code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Gives the command what it must refuse before anything is started: exit code 2, and one line, which comes back."""
    ours = signal.getsignal(signal.SIGTERM)

    def given(*words: str) -> str:
        assert main(list(words)) == 2
        said = capsys.readouterr()
        assert said.out == ""
        [line] = said.err.splitlines()
        return line

    yield given
    signal.signal(signal.SIGTERM, ours)  # the command's handler is none of pytest's


@pytest.mark.parametrize("option", ["--population", "--thresholds", "--target"])
def test_missing_file__named(option: str, refuse: Callable[..., str]) -> None:
    """A file that is not there is named."""
    assert "none.toml: cannot be read" in refuse(option, "none.toml")


def test_nowhere_to_listen__named(refuse: Callable[..., str]) -> None:
    """An address that is not this machine's is refused while nobody has waited for workers yet."""
    said = refuse("--workers", "1", "--master-bind-host", "203.0.113.1")

    assert said.startswith("--master-bind-host: 203.0.113.1")
    assert "an address of this machine" in said


def _target(tmp_path: Path, base_url: str, *, disposable: bool) -> str:
    file = tmp_path / "target.toml"
    file.write_text(f'[target]\nbase_url = "{base_url}"\ndisposable = {str(disposable).lower()}\n')
    return str(file)


def test_target_not_disposable__refused(tmp_path: Path, refuse: Callable[..., str]) -> None:
    """Nobody's staging is loaded by mistake: a target that is not disposable is refused before the first request."""
    said = refuse("--target", _target(tmp_path, "https://staging.example.com", disposable=False))

    assert "target.disposable" in said


def test_target_silent__named(tmp_path: Path, refuse: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that refuses connections is named in one line, and nothing is claimed about it."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(Run.create(tmp_path).directory))
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        said = refuse("--target", _target(tmp_path, address, disposable=True))

    assert f"{address}/api/v1/bcm/schema does not answer" in said


def test_parent__free_of_gevent() -> None:
    """Only generating processes are patched by gevent: the judge and its witnesses use plain sockets."""
    ended = _python("-c", "import load.commands.run, sys; print('gevent' in sys.modules, 'locust' in sys.modules)")

    assert ended.stdout.split() == ["False", "False"]
