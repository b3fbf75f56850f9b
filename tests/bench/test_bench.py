"""The benchmarks' runner: medians and ratios, and honest about what could not be measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import count
from pathlib import Path

import pytest
from rich.console import Console

from bench import corpus
from bench.__main__ import discover, main
from bench.case import Case, UnmeasurableError, measure
from bench.cases.provers import Score, table
from bench.memory import of_trees
from bench.peers.provers import ALARM, ERROR, QUIET


def test_median__and_its_ratio_to_the_promise() -> None:
    """A benchmark is the median of its rounds, and a multiple of what was promised."""
    seconds = count(1)
    measured = measure(Case("steps", lambda: float(next(seconds)), promise_s=4.0, rounds=3))

    assert (measured.samples, measured.median_s, measured.ratio) == ((1.0, 2.0, 3.0), 2.0, 0.5)


def test_peer__measured_turn_by_turn() -> None:
    """A peer is measured in the same rounds, and a benchmark is a multiple of its median too."""
    turns = count(1)
    measured = measure(Case("steps", lambda: float(next(turns)), peer=lambda: float(next(turns))))

    assert (measured.samples, measured.peer_samples) == ((1.0, 3.0, 5.0), (2.0, 4.0, 6.0))
    assert measured.beside_peer == 3.0 / 4.0


def test_peer__compared_round_by_round() -> None:
    """What slowed a round slowed both: the multiple is the middle of the rounds', not that of two medians."""
    own, theirs = iter((2.0, 30.0, 8.0)), iter((1.0, 10.0, 8.0))
    measured = measure(Case("steps", lambda: next(own), peer=lambda: next(theirs), count=16))

    assert measured.beside_peer == 2.0
    assert measured.a_second == (2.0, 2.0)


def test_memory__is_that_of_a_whole_tree() -> None:
    """A grandchild that takes 50 MB is counted, once."""
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    grandchild = "taken = b'x' * 50_000_000; print('taken', flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", child, grandchild], stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"

        assert 50 < of_trees([process.pid]) < 90

        process.communicate("\n")


def test_setting__entered_once_and_left() -> None:
    """What all rounds share is made once, and ended also when a round cannot be measured."""
    told: list[str] = []

    @contextmanager
    def setting() -> Iterator[None]:
        told.append("made")
        yield
        told.append("ended")

    def sample() -> float:
        told.append("measured")
        return 1.0

    measure(Case("steps", sample, rounds=2, setting=setting))

    assert told == ["made", "measured", "measured", "ended"]


def test_unmeasurable__says_why() -> None:
    """What cannot be measured here has a reason, and no number."""

    def refuse() -> float:
        raise UnmeasurableError("needs a display")

    measured = measure(Case("headed", refuse, promise_s=1.0))

    assert (measured.samples, measured.why_not, measured.ratio) == ((), "needs a display", None)


def test_unknown_name__refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that fits no benchmark is refused, and the line says which there are."""
    assert main(["no such benchmark"]) == 2

    said = capsys.readouterr().err

    assert said.startswith("NAME: no benchmark is called no such benchmark; there are: ")
    assert "stack ready, warm" in said


def test_names__unique() -> None:
    """Each benchmark has a name of its own."""
    names = [case.name for case in discover()]

    assert sorted(set(names)) == sorted(names)


def test_provers__scored_by_hole_and_twin() -> None:
    """A hole counts as found only when its repair raises no alarm; an alarm on what is sound is a false one."""
    said = {
        "noticed": {"vulnerable": ALARM, "twin": QUIET},
        "noise": {"vulnerable": ALARM, "twin": ALARM},
        "missed": {"vulnerable": QUIET, "twin": QUIET},
        "suspicious": {"sound": ERROR},
    }
    score = Score("a tool", said)

    assert score.found() == ["noticed"]
    assert (score.share_found(), score.share_false(), score.undecided()) == (1 / 3, 1 / 4, 1)


def test_provers__one_that_cannot_be_had_is_named() -> None:
    """A tool that cannot be installed has its line, with the reason."""
    console = Console(width=100, file=StringIO())
    console.print(table([Score("a tool", why_not="no registry answered")], "1 schema"))

    assert "no registry answered" in console.file.getvalue()  # type: ignore[attr-defined]


def test_corpus__each_hole_with_its_twin() -> None:
    """Of the repository's own corpus come holes with their repairs and sound schemas, and a script tells no answer."""
    found = corpus.variants(corpus.OWN)
    of = {kind: [v.case for v in found if v.kind == kind] for kind in ("vulnerable", "twin", "sound")}

    assert of["vulnerable"] == of["twin"]
    assert min(len(of["vulnerable"]), len(of["sound"])) > 1
    assert [v.case for v in found if "\n--" in v.script or "create" not in v.script] == []


def test_corpus__a_named_folder_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that is named and not there is refused with what it should hold."""
    monkeypatch.setenv(corpus.NAMED_BY, str(tmp_path / "none"))

    with pytest.raises(UnmeasurableError, match=r"is no folder: name the one that holds vulnerable/ and sound/"):
        corpus.where()
