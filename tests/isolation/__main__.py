"""``python -m tests.isolation DSN [NAME…]``: the prover on the whole corpus, where databases may be made."""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("tests.isolation")  # before anything is imported that it might lead astray

import argparse
import contextlib
import io
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.isolation.corpus import Case, cases
from tests.isolation.databases import databases


def main() -> int:
    """Prints each case that the prover is wrong about; 1 if there is one."""
    p = argparse.ArgumentParser(prog="python -m tests.isolation", description=__doc__)
    p.add_argument("dsn", metavar="DSN", help="a superuser's connection to a server of your own")
    p.add_argument("names", metavar="NAME", nargs="*", help="parts of the names of cases; all if left out")
    p.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    arguments = p.parse_intermixed_args()
    chosen = [c for c in cases() if not arguments.names or any(n in c.name for n in arguments.names)]
    started, wrong = time.perf_counter(), 0
    with ProcessPoolExecutor(arguments.workers) as pool:
        for case, faults in zip(chosen, pool.map(partial(_faults, arguments.dsn), chosen), strict=True):
            wrong += bool(faults)
            for fault in faults:
                print(f"{case.name}: {fault}", flush=True)
    vulnerable = sum(c.vulnerable for c in chosen)
    print(
        f"{vulnerable} holes with their repairs, {len(chosen) - vulnerable} sound schemas: wrong about {wrong}"
        f" ({time.perf_counter() - started:.0f} s)"
    )
    return 1 if wrong or not chosen else 0


def _faults(dsn: str, case: Case) -> list[str]:
    with databases(dsn, case.roles) as make, contextlib.redirect_stdout(io.StringIO()):
        return case.faults(make)


if __name__ == "__main__":
    sys.exit(main())
