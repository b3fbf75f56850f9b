"""`python -m bench [NAME …]`: run the benchmarks whose names contain a NAME, all of them by default."""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("bench")  # before anything is imported that it might lead astray

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from bench import cases
from bench.case import ROOT, Case, Measured, measure
from core.arguments import whole
from core.exits import BAD_INPUT, NO_EVIDENCE, PASSED

REPORT = ROOT / "reports" / "out" / "bench.json"
WIDE = 160


def discover() -> list[Case]:
    """Every case of every module in `bench/cases`, by module name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(cases.__path__))
    return [case for name in modules for case in importlib.import_module(f"bench.cases.{name}").CASES]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, keep the samples. Exit codes: 0 measured, 2 bad input, 4 nothing could be measured."""
    arguments = _arguments(argv)
    wanted = [case for case in discover() if not arguments.names or any(n in case.name for n in arguments.names)]
    if not wanted:
        known = ", ".join(case.name for case in discover())
        print(f"NAME: no benchmark is called {' or '.join(arguments.names)}; there are: {known}", file=sys.stderr)
        return BAD_INPUT
    console = Console(stderr=True)
    measured = []
    for case in wanted:
        console.print(f"[dim]{case.name} …[/]")
        measured.append(measure(case, arguments.rounds))
    Console(width=None if sys.stdout.isatty() else WIDE).print(_table(measured))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps([asdict(result) for result in measured], indent=2) + "\n")
    return PASSED if any(result.samples for result in measured) else NO_EVIDENCE


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a benchmark's name")
    parser.add_argument("--rounds", type=whole(1, 1000), help="measure each so often, whatever it asks for")
    return parser.parse_args(argv)


def _table(measured: Sequence[Measured]) -> Table:
    table = Table("benchmark", "median", "fastest", "slowest", "rounds", "promised", "ratio", "of its peer", "a second")
    for result in measured:
        if not result.samples:
            table.add_row(result.name, f"not measured: {result.why_not}")
            continue
        table.add_row(
            result.name,
            *(f"{value:.2f} {result.unit}" for value in (result.median_s, min(result.samples), max(result.samples))),
            str(len(result.samples)),
            f"{result.promise_s:.0f} s" if result.promise_s else "",
            f"{result.ratio:.2f}" if result.ratio is not None else "",
            f"{result.beside_peer:.2f}" if result.beside_peer is not None else "",
            "; peer ".join(f"{rate:,.0f}" for rate in result.a_second),
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
