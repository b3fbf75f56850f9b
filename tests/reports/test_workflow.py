"""The workflow for continuous integration is sound, and calls what there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reports.__main__ import main

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "verify.yml"
BIN = Path(sys.executable).parent
CALL = re.compile(r"\.venv/bin/python -m reports (.+)")


@pytest.mark.parametrize(
    "linter",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        ("zizmor", "--offline", "--pedantic", "--no-progress"),
    ],
    ids=lambda linter: linter[0],
)
def test_the_linters_find_nothing(linter: tuple[str, ...]) -> None:
    """It keeps the published schema; its actions are pinned, its rights few, and no input is run as a command."""
    done = subprocess.run([str(BIN / linter[0]), *linter[1:], str(FILE)], capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_worse_workflow_is_found(tmp_path: Path) -> None:
    """The linter is not asleep: an action that is not pinned is refused."""
    worse = tmp_path / "verify.yml"
    worse.write_text(re.sub(r"@[0-9a-f]{40} # v[\d.]+", "@v4", FILE.read_text()))
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", str(worse)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode != 0
    assert "unpinned" in done.stdout


def test_every_job_ends() -> None:
    """Each job has a time limit, and the verdict waits for all the others."""
    jobs = YAML(typ="safe").load(FILE)["jobs"]

    assert all(job["timeout-minutes"] <= 30 for job in jobs.values())
    assert set(jobs["verdict"]["needs"]) == jobs.keys() - {"verdict"}


def test_what_it_calls_exists(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each command of ours is one that the command line takes: its options are read before anything is done."""
    calls = [re.sub(r"\$\{.*\}", "", call) for call in CALL.findall(FILE.read_text())]
    assert len(calls) == 3
    for call in calls:
        words = [
            {"$SHARD": "1/4", "$SEED": "7", "parts/*/*": str(tmp_path)}.get(word, word) for word in shlex.split(call)
        ]
        with pytest.raises(SystemExit) as stopped:
            main([*words, "--unknown"])

        assert stopped.value.code == 2
        assert "unrecognized arguments: --unknown" in capsys.readouterr().err


def test_shards_are_a_whole() -> None:
    """The matrix deals the suite completely: 1/N to N/N."""
    shards = YAML(typ="safe").load(FILE)["jobs"]["tests"]["strategy"]["matrix"]["shard"]

    assert shards == [f"{number}/{len(shards)}" for number in range(1, len(shards) + 1)]
