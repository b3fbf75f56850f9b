"""`python -m isolation SOURCE`: can a tenant, or a stranger, reach what is another tenant's?"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from .config.model import Config, load
from .config.target import dsn_of
from .database.clones import clone_factory
from .engine.command import prove, told
from .engine.prove import proved
from .errors import BadInput, Untried
from .model.cell import Verdict
from .mutation.score import score
from .report import formats
from .report.document import Report, document, without
from .report.page import page
from .report.table import show
from .sources.choice import Source, opened

EXITS = {Verdict.ISOLATED: 0, Verdict.LEAKING: 1, Verdict.LOCKED_OUT: 1, Verdict.UNPROVEN: 3}
NAME = (__package__ or "isolation").partition(".")[0]
"""`isolation` in the checkout, `tenantproof` as the wheel."""
FORMATS = ("table", "json", "junit", "sarif", "markdown")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="tenantproof" if NAME == "tenantproof" else "python -m isolation",
        description="Proves by trying whether the tenants of a PostgreSQL database are isolated.",
        epilog="exit: 0 isolated, 1 leaking or locked out, 2 bad input, 3 unproven, 4 the prover broke",
    )
    p.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        help="a DSN (env:NAME: that variable's): a superuser's database is cloned, of any other role's the schema is"
        " copied, never a row; or a folder or file of SQL, such as supabase/migrations",
    )
    p.add_argument(
        "--config", type=Path, metavar="FILE", help="isolation.toml: what cannot be inferred, and the intent"
    )
    p.add_argument(
        "--json", type=Path, metavar="FILE", help="write the result there, and the matrix as a page beside it (.html)"
    )
    p.add_argument("--format", choices=FORMATS, default="table", help="what is printed (default: table)")
    p.add_argument("--schemas", default="", help="comma-separated; all but system and extension schemas if left out")
    p.add_argument(
        "--skip-failing",
        action="store_true",
        help="go on where a statement of the schema fails: it is named, and the proof unproven for it",
    )
    p.add_argument(
        "--target",
        type=Path,
        metavar="FILE.toml",
        help="instead of SOURCE: a disposable target's database; in place where others are connected to it",
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
    """The DSN itself; `env:NAME` keeps its password out of the list of processes. Raises BadInput."""
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    if not os.environ.get(name):
        raise BadInput(f"DSN: {name} is not set; export it, or give the DSN itself")
    return os.environ[name]


def _named(arguments: argparse.Namespace) -> str:
    """The source as given, or as a target names it. Raises BadInput."""
    if (arguments.source is None) == (arguments.target is None):
        raise BadInput("SOURCE: name one: a DSN, a folder or file of SQL, or --target FILE.toml")
    return _dsn(arguments.source if arguments.target is None else dsn_of(arguments.target))


@contextmanager
def _opened(arguments: argparse.Namespace, config: Config) -> Iterator[Source]:
    """Where the schema is, ready to be proved. Raises BadInput."""
    cloned = arguments.in_place or arguments.target is not None
    with opened(_named(arguments), config.platform, as_it_is=cloned, skip_failing=arguments.skip_failing) as source:
        yield source


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
        print(f"{NAME}: in place, since {error}", file=sys.stderr)
        return prove(dsn, config, schemas=schemas, in_place=True)


def _written(report: Report, to: Path) -> None:
    to.write_text(json.dumps(document(report), indent=1), encoding="utf-8")
    to.with_suffix(".html").write_text(page(report), encoding="utf-8")


def _print(report: Report, source: Source, kind: str) -> None:
    """Print the result; in a GitHub job, mark the lines that findings come from as well."""
    if kind == "table":
        show(report, Console(width=None if sys.stdout.isatty() else 200))
    else:
        body = document(report)
        texts = {
            "json": lambda: json.dumps(body, indent=1) + "\n",
            "junit": lambda: formats.junit(body),
            "sarif": lambda: formats.sarif(body, source.place),
            "markdown": lambda: formats.markdown(body),
        }
        sys.stdout.write(texts[kind]())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in formats.github(document(report), source.place):
            print(line, file=sys.stderr)


def main(argv: list[str] | None = None) -> int:
    """Run; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        config = load(arguments.config)
        if arguments.json and not arguments.json.parent.is_dir():
            raise BadInput(f"--json {arguments.json}: there is no folder {arguments.json.parent}; make it first")
        with _opened(arguments, config) as source:
            report = _proved(arguments, config, source.dsn)
        report = without(report, source.document(), source.unproven())
        if arguments.json:
            _written(report, arguments.json)
    except BadInput as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    except Untried as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"{NAME}: --json {arguments.json}: {error.strerror}", file=sys.stderr)
        return 2
    _print(report, source, arguments.format)
    return EXITS[report.verdict]


def _interrupted(*_: object) -> None:
    """SIGTERM as Ctrl-C: clones are dropped on the way out."""
    raise KeyboardInterrupt


def run() -> int:
    """Run as a program: an end by a signal is 130, and whatever else goes wrong is 4, never a verdict."""
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return main()
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        print(f"{NAME}: the prover broke: {type(error).__name__}: {error}", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(run())
