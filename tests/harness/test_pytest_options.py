"""pytest's own command line: what is refused, in one line, with exit code 2, before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from fixtures import options
from tests.harness.forks import pytest_in_a_fork

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
NO_EVIDENCE, BAD_INPUT = 4, 2


def outside() -> dict[str, str]:
    """This process's environment without what it has of this run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RAPTORFLOW_RUN", "PYTEST_"))}


def run_pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest as a person starts it, outside of this run."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=outside(), capture_output=True, text=True, timeout=240, check=False
    )


def forked(*arguments: str, **environment: str) -> tuple[int, str]:
    """The same, where it need not import anew what this run has imported: exit code, and what it said."""
    return pytest_in_a_fork(["-p", "no:cacheprovider", *arguments], ROOT, {**outside(), **environment})


class Told(NamedTuple):
    """A configuration as far as the options look at it."""

    option: Namespace
    stash: pytest.Stash


def configured(*arguments: str) -> None:
    """What pytest does with its own arguments: parse them by the section's options, then check them."""
    parser = pytest.Parser(_ispytest=True)
    options.pytest_addoption(parser)
    options.pytest_configure(cast(pytest.Config, Told(parser.parse(arguments), pytest.Stash())))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--via", "nonsense"), "--via: 'nonsense' is unknown; use one of browser, http, both"),
        (("--stack", "cloud"), "--stack: 'cloud' is unknown"),
        (("--stack", "external"), "add --target FILE.toml"),
        (("--target", "nowhere.toml"), "nowhere.toml: cannot be read"),
        (("--stacks", "0"), "--stacks: '0' is no whole number from 1"),
        (("--stacks", "2"), "--stacks 2: they are dealt to workers, of which there are 0; add -n 2"),
        (("--stacks", "2", "--target", "nowhere.toml"), "--target names a RaptorFlow that is up; leave one out"),
        (("--repeat", "0"), "--repeat: '0' is no whole number from 1"),
        (("--repeat", "-1"), "--repeat: '-1' is no whole number from 1"),
        (("--seed", "yesterday"), "--seed: 'yesterday' is no whole number"),
        (("--shard", "5/4"), "--shard: '5/4' is no part of a whole; write K/N"),
        (("--shard", "0/4"), "--shard: '0/4' is no part of a whole"),
        (("--shard", "one"), "--shard: 'one' is no part of a whole"),
    ],
)
def test_bad_option__is_refused(arguments: tuple[str, ...], names: str) -> None:
    """A bad value ends the session with code 2 and one line that names the option and the remedy."""
    with pytest.raises(pytest.exit.Exception) as end:
        configured(*arguments)

    assert end.value.returncode == BAD_INPUT
    assert names in end.value.msg
    assert len(end.value.msg.splitlines()) == 1


def test_refusal__is_all_that_pytest_says() -> None:
    """As a person meets it: exit code 2, one line on standard error, no traceback."""
    done = run_pytest("tests/journeys", "--via", "nonsense")

    assert done.returncode == BAD_INPUT, done.stdout + done.stderr
    assert "--via: 'nonsense' is unknown" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_missing_browser__names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a browser, browser journeys are refused with the command that would fetch one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    with pytest.raises(pytest.exit.Exception, match="apt-get install chromium-headless-shell") as end:
        configured("--via", "browser")

    assert end.value.returncode == BAD_INPUT
    assert len(end.value.msg.splitlines()) == 1


@pytest.mark.parametrize(
    ("display", "names"), [("", "--headed: needs a display"), (":7", "--headed: no full Chromium, which")]
)
def test_headed__says_what_it_needs(display: str, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that one can watch needs a display and a full Chromium; the one that is missing is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    parser = pytest.Parser(_ispytest=True)
    parser.addoption("--headed", action="store_true")
    options.pytest_addoption(parser)

    with pytest.raises(pytest.exit.Exception, match=names) as end:
        options.pytest_configure(cast(pytest.Config, Told(parser.parse(["--headed"]), pytest.Stash())))

    assert end.value.returncode == BAD_INPUT


def test_run_that_is_not_there__is_refused(tmp_path: Path) -> None:
    """A run's directory that does not exist is bad input: evidence must not go where nobody looks."""
    code, said = forked("tests/journeys", RAPTORFLOW_RUN=str(tmp_path / "gone"))

    assert code == BAD_INPUT, said
    assert "RAPTORFLOW_RUN" in said


def test_help__has_a_section() -> None:
    """``pytest --help`` lists the options under "raptorflow", and leaves nothing behind."""
    code, said = forked("--help")

    assert code == 0
    section = said.partition("raptorflow:")[2]
    for option in ("--stack", "--stacks", "--target", "--via", "--keep", "--repeat", "--seed"):
        assert option in section


def test_pytest__never_imports_locust() -> None:
    """Neither the plugins nor the fixtures import Locust or gevent, whose patches would change what tests measure."""
    script = (
        "import sys, pytest; code = pytest.main(['--collect-only', '-q', 'tests/journeys']);"
        "print('found', sorted({'locust', 'gevent', 'pytest_locust'} & set(sys.modules))); sys.exit(code)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "found []" in done.stdout
