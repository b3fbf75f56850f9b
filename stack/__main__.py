"""`python -m stack`: brings a RaptorFlow up, says where it is, opens a shell in it, takes it down."""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("stack")  # before anything is imported that it might lead astray

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import fields

from rich.console import Console
from rich.table import Table

from core.exits import INTERRUPTED
from stack import doctor, leftovers, runs, visit
from stack.choice import AUTO, EMBEDDED, KINDS, VARIABLE, start
from stack.errors import ServiceFailedError, UnavailableError
from stack.postgres import installation
from stack.system import System


def up(arguments: argparse.Namespace) -> int:
    """Bring up one slice and hold it until Ctrl-C."""
    with start(arguments.stack) as stack, stack.slice("up") as slice_:
        run = stack.processes.folder.name.removeprefix(leftovers.PREFIX)
        Console().print(_where(slice_.system, run))
        with contextlib.suppress(KeyboardInterrupt):
            print("Ctrl-C takes it down.", flush=True)
            signal.pause()
    return 0


def _where(system: System, run: str) -> Table:
    table = Table("what", "where", title=f"run {run}")
    table.add_row("application", system.base_url)
    table.add_row("gateway", str(system.gateway_url))
    table.add_row("gateway's ledger", f"{system.gateway_admin_url}/merchants/{system.merchant_id}/ledger")
    table.add_row("database", f"python -m stack shell {run} psql")
    table.add_row("Redis", f"python -m stack shell {run} redis")
    table.add_row("log", str(system.log_path))
    return table


def run(arguments: argparse.Namespace) -> int:
    """Run a command against a fresh slice; `{base_url}`, `{database_dsn}`… in it are filled in."""
    with start(arguments.stack) as stack, stack.watched(), stack.slice("run") as slice_:
        known = {each.name: str(getattr(slice_.system, each.name)) for each in fields(System)}
        words = [_fill(word, known) for word in arguments.command]
        return subprocess.run(words, check=False).returncode  # noqa: S603


def _fill(word: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def shell(arguments: argparse.Namespace) -> int:
    """Open psql or redis-cli in a living run, or a page of it as one of its customers."""
    system = runs.find(arguments.run).system(arguments.slice)
    if arguments.what == "page":
        print("\n".join(visit.visit(system, arguments.customer, arguments.path)))
    else:
        words = _psql(system) if arguments.what == "psql" else _redis(system)
        os.execvp(words[0], words)  # noqa: S606
    return 0


def _psql(system: System) -> list[str]:
    return [installation().program("psql"), str(system.database_dsn)]


def _redis(system: System) -> list[str]:
    client = shutil.which("redis-cli") or shutil.which("valkey-cli")
    if client is None:
        raise UnavailableError("no redis-cli: sudo apt-get install redis-tools")
    url = str(system.redis_url)
    if not url.startswith("unix://"):
        return [client, "-u", url]
    path, _, number = url.removeprefix("unix://").partition("?db=")
    return [client, "-s", path, "-n", number]


def down(arguments: argparse.Namespace) -> int:
    """End a run that was kept, or remove what one left whose guard was killed. Raises ServiceFailedError."""
    folder = runs.abandoned().get(arguments.run)
    if folder is None:
        runs.find(arguments.run).end()
    elif not leftovers.remove(folder):
        raise ServiceFailedError(f"{folder} cannot be removed: see who owns what is in it")
    return 0


def listing(_: argparse.Namespace) -> int:
    """Name the runs that live on this machine, and their slices; and what runs left whose guard was killed."""
    for each in runs.live():
        print(each.name, *each.slices())
    for name, folder in runs.abandoned().items():
        print(f"{name} (its guard was killed: python -m stack down {name}, or the next start, removes {folder})")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line of `python -m stack`."""
    root = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, action: object) -> argparse.ArgumentParser:
        text = str(action.__doc__)
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    for command in (add("up", up), running := add("run", run)):
        command.add_argument("--stack", choices=(AUTO, *KINDS), default=AUTO, help=f"(${VARIABLE}, else {EMBEDDED})")
    running.add_argument("command", nargs="+", metavar="-- COMMAND")
    inside = add("shell", shell)
    inside.add_argument("run")
    inside.add_argument("what", choices=("psql", "redis", "page"))
    inside.add_argument("slice", nargs="?", help="needed where the run has several")
    inside.add_argument("--as", dest="customer", metavar="ADDRESS", help="whose page; needed where there are several")
    inside.add_argument("--path", default="/dashboard", help="which page (/dashboard)")
    add("down", down).add_argument("run")
    add("list", listing)
    add("doctor", lambda _: doctor.main())
    return root


def main(argv: list[str] | None = None) -> int:
    """Run one command; exit codes as everywhere: 2 bad input, 4 a service failed, 130 interrupted."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.action(arguments)
    except (UnavailableError, ServiceFailedError) as error:
        print(f"stack: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
