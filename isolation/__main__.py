"""``python -m isolation DSN``: can a tenant, or a stranger, reach what is another tenant's?"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from isolation.config.model import Config, load
from isolation.config.target import dsn_of
from isolation.database.clones import clone_factory
from isolation.engine.command import prove, told
from isolation.engine.prove import proved
from isolation.errors import BadInput, Untried
from isolation.model.cell import Verdict
from isolation.mutation.score import score
from isolation.report.document import Report, document
from isolation.report.page import page
from isolation.report.table import show

EXITS = {Verdict.ISOLATED: 0, Verdict.LEAKING: 1, Verdict.LOCKED_OUT: 1, Verdict.UNPROVEN: 3}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="python -m isolation",
        description="Proves by trying whether the tenants of a PostgreSQL database are isolated.",
        epilog="exit: 0 isolated, 1 leaking or locked out, 2 bad input, 3 unproven, 4 the prover broke",
    )
    p.add_argument(
        "dsn",
        metavar="DSN",
        nargs="?",
        help="a superuser's connection to the database (env:NAME: that variable's); it is cloned, never changed",
    )
    p.add_argument(
        "--config", type=Path, metavar="FILE", help="isolation.toml: what cannot be inferred, and the intent"
    )
    p.add_argument(
        "--json", type=Path, metavar="FILE", help="write the result there, and the matrix as a page beside it (.html)"
    )
    p.add_argument("--schemas", default="", help="comma-separated; all but system and extension schemas if left out")
    p.add_argument(
        "--target",
        type=Path,
        metavar="FILE.toml",
        help="instead of DSN: a disposable target's database; in place where others are connected to it",
    )
    how = p.add_mutually_exclusive_group()
    how.add_argument(
        "--in-place",
        action="store_true",
        help="where others are connected or nothing can be cloned: in one transaction of the database, rolled back",
    )
    how.add_argument(
        "--mutate", action="store_true", help="then break each piece of the protection in a clone: is it noticed?"
    )
    return p


def _dsn(text: str) -> str:
    """The DSN itself; ``env:NAME`` keeps its password out of the list of processes. Raises BadInput."""
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if not os.environ.get(name):
        raise BadInput(f"DSN: {name} is not set; export it, or give the DSN itself")
    return os.environ[name]


def _named(arguments: argparse.Namespace) -> str:
    """The DSN as given, or as a target names it. Raises BadInput."""
    if (arguments.dsn is None) == (arguments.target is None):
        raise BadInput("DSN: name one database, by its DSN or by --target FILE.toml")
    return _dsn(arguments.dsn if arguments.target is None else dsn_of(arguments.target))


def _proved(arguments: argparse.Namespace, config: Config, dsn: str) -> Report:
    """Prove, and break the protection where that is asked for. Raises BadInput and Untried."""
    started = time.perf_counter()
    schemas = tuple(s.strip() for s in arguments.schemas.split(",") if s.strip())
    if arguments.mutate:
        with clone_factory(dsn) as clones, proved(config, schemas, clones, keep_pristine=True) as proof:
            mutation = score(proof, clones)
            return replace(told(proof, time.perf_counter() - started), mutation=mutation)
    try:
        return prove(dsn, config, schemas=schemas, in_place=arguments.in_place)
    except Untried as error:
        if arguments.target is None or arguments.in_place:
            raise
        print(f"isolation: in place, since {error}", file=sys.stderr)
        return prove(dsn, config, schemas=schemas, in_place=True)


def _written(report: Report, to: Path) -> None:
    to.write_text(json.dumps(document(report), indent=1), encoding="utf-8")
    to.with_suffix(".html").write_text(page(report), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """Run; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        config, dsn = load(arguments.config), _named(arguments)
        if arguments.json and not arguments.json.parent.is_dir():
            raise BadInput(f"--json {arguments.json}: there is no folder {arguments.json.parent}; make it first")
        report = _proved(arguments, config, dsn)
        if arguments.json:
            _written(report, arguments.json)
    except BadInput as error:
        print(f"isolation: {error}", file=sys.stderr)
        return 2
    except Untried as error:
        print(f"isolation: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"isolation: --json {arguments.json}: {error.strerror}", file=sys.stderr)
        return 2
    show(report, Console(width=None if sys.stdout.isatty() else 200))
    return EXITS[report.verdict]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the prover broke: say so with its own exit code, never as a verdict
        if sys.flags.dev_mode:
            raise
        print(f"isolation: the prover broke: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(4)
