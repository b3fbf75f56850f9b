"""One pytest session against one copy of the application, in a process forked from one that has imported it all.

Importing pytest, its plugins and the tests takes several seconds of processor time; a fork of who has done it, none.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

LIMIT_S = 180.0
_FORKED_FROM = "defects.preload"


@dataclass(frozen=True, slots=True)
class Order:
    """What a session is to do: which tests, against whose source, on which running stack, and where it writes."""

    arguments: tuple[str, ...]
    source: Path
    stack: Path
    run: Path
    log: Path
    limit_s: float = LIMIT_S


def fork_server() -> ForkServerContext:
    """Make the processes of sessions; the first one waits for the imports."""
    context = get_context("forkserver")
    context.set_forkserver_preload([_FORKED_FROM])
    return context


def conduct(context: ForkServerContext, order: Order) -> int | None:
    """Run a session to its end; return its exit code, or None when it had to be ended."""
    process: ForkServerProcess = context.Process(target=perform, args=(order,), daemon=True)
    process.start()
    try:
        process.join(order.limit_s)
        return process.exitcode
    finally:
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def perform(order: Order) -> None:
    """Do what the forked process is for."""
    with order.log.open("wb") as log:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(log.fileno(), stream.fileno())
    os.environ["RAPTORFLOW_APPLICATION"] = str(order.source)
    os.environ["RAPTORFLOW_STACK"] = str(order.stack)
    os.environ["RAPTORFLOW_RUN"] = str(order.run)
    sys.exit(int(pytest.main(list(order.arguments))))
