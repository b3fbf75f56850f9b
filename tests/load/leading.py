"""A load run that others join: how a test leads one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from load.population.population import DEFAULT
from stack.system import System

ROOT = Path(__file__).parents[2]
INVITATION = re.compile(r"--master-host (\S+) --master-port (\d+)")


def load(*options: str, **environment: str) -> subprocess.Popen[str]:
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


def brisk(folder: Path) -> str:
    file, text = folder / "population.toml", DEFAULT.read_text()
    for usual, brisk in BRISK.items():
        text = text.replace(usual, brisk)
    file.write_text(text)
    return str(file)


def target(system: System, folder: Path) -> str:
    file = folder / "target.toml"
    gateway = f'admin_url = "{system.gateway_admin_url}"\nmerchant_id = "{system.merchant_id}"\n'
    file.write_text(
        f'[target]\nbase_url = "{system.base_url}"\ndisposable = true\n'
        f'[database]\ndsn_env = "LOAD_TEST_DSN"\n[gateway]\nurl = "{system.gateway_url}"\n{gateway}'
    )
    return str(file)


@contextmanager
def ended(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens, these are not left behind."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def invited(leader: subprocess.Popen[str]) -> tuple[str, str]:
    assert leader.stderr is not None
    for line in leader.stderr:
        if found := INVITATION.search(line):
            return found[1], found[2]
    raise AssertionError("nobody was invited")
