"""`python -m load --worker`: this machine generates for a run that is led elsewhere, and gets the plan from there."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from core.arguments import whole
from load.coordination.plan import VARIABLE
from load.coordination.processes import LOCUSTFILE, ROOT


def work(argv: Sequence[str]) -> int:
    """Become a Locust worker; returns only by the worker's own end. A wrong option is exit code 2."""
    given = _parser().parse_args(argv)
    words = ["-m", "locust", "-f", str(LOCUSTFILE), "--worker", "--master-host", given.master_host]
    os.chdir(ROOT)
    os.environ.pop(VARIABLE, None)
    os.execv(sys.executable, [sys.executable, *words, "--master-port", str(given.master_port)])  # noqa: S606


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m load --worker", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--worker", action="store_true", required=True, help="generate for a run that another machine leads")
    add("--master-host", required=True, metavar="HOST", help="the machine that leads")
    add("--master-port", required=True, type=whole(1, 65_535), metavar="PORT", help="the port that it names")
    return parser
