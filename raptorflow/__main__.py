"""`python -m raptorflow [serve | migrate | roles | seed-demo]`. Bad input ends with one line and exit code 2."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


class BadInput(Exception):
    """One line: what is wrong, and the remedy."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "serve")
    options = _parser().parse_args(words)
    try:
        return int(_COMMANDS[options.command](options))
    except BadInput as error:
        print(f"raptorflow {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m raptorflow", description="RaptorFlow: serve it, or prepare its database."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer HTTP requests (the default)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=0, help="port to listen on; 0 = any free one (0)")
    serve.add_argument("--port-file", type=Path, help="write the port to this file once it is bound")
    serve.add_argument("--fd", type=int, help="serve the listening socket inherited as this descriptor")
    migrate = commands.add_parser("migrate", help="bring the database of MIGRATION_DATABASE_URL to the newest version")
    migrate.add_argument("--to", default="head", help="stop at this version, as 0003 (head)")
    roles = commands.add_parser("roles", help="make the cluster's roles, once")
    roles.add_argument("--dsn", help="a superuser's connection string (ADMIN_DATABASE_URL)")
    commands.add_parser("seed-demo", help="make up customers at every stage of the story; not in production")
    return parser


def _serve(options: argparse.Namespace) -> int:
    from raptorflow import settings
    from raptorflow.serve import BadSocket, serve

    try:
        serve(settings.load(), options.host, options.port, options.port_file, options.fd)
    except (settings.BadSettings, BadSocket) as error:
        raise BadInput(str(error)) from None
    return 0


def _migrate(options: argparse.Namespace) -> int:
    import psycopg
    from alembic.util import CommandError

    from raptorflow.migrations.runner import migrate

    try:
        migrate(_variable("MIGRATION_DATABASE_URL", "the connection string of raptorflow_owner"), options.to)
    except CommandError as error:
        raise BadInput(f"--to {options.to}: {_line(error)}; name a version of raptorflow/migrations") from None
    except psycopg.OperationalError as error:
        raise BadInput(f"MIGRATION_DATABASE_URL: {_line(error)}; is the server up, and the role made?") from None
    except psycopg.Error as error:
        print(f"raptorflow migrate: {_line(error)}; the database stays at the version before", file=sys.stderr)
        return 1
    return 0


def _roles(options: argparse.Namespace) -> int:
    import psycopg

    from raptorflow.roles import make_roles, passwords_in

    dsn = options.dsn or _variable("ADMIN_DATABASE_URL", "a superuser's connection string, or give --dsn")
    told = ("MIGRATION_DATABASE_URL", "DATABASE_URL", "WORKER_DATABASE_URL")
    try:
        make_roles(dsn, passwords_in(*(os.environ.get(name) for name in told)))
    except psycopg.OperationalError as error:
        raise BadInput(f"ADMIN_DATABASE_URL: {_line(error)}; is the server up?") from None
    return 0


def _seed_demo(_: argparse.Namespace) -> int:
    from psycopg import OperationalError

    from raptorflow import logs, settings
    from raptorflow.clock import Clock
    from raptorflow.demo.people import PASSWORD
    from raptorflow.demo.seed import NotHere, seed
    from raptorflow.problems import Problem

    try:
        told = settings.load()
        logs.configure("ERROR", Clock.of(told))
        seed(told, print)
    except (settings.BadSettings, NotHere) as error:
        raise BadInput(str(error)) from None
    except OperationalError as error:
        raise BadInput(f"DATABASE_URL: {_line(error)}; is the server up, and the database migrated?") from None
    except Problem as problem:
        raise BadInput(f"{problem.code}: {problem.detail} Do the demo's people have passwords of their own?") from None
    print(f"All of them log in with: {PASSWORD}")
    return 0


def _variable(name: str, meaning: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise BadInput(f"{name} is not set: set it to {meaning}")
    return value


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


_COMMANDS = {"serve": _serve, "migrate": _migrate, "roles": _roles, "seed-demo": _seed_demo}


if __name__ == "__main__":
    raise SystemExit(main())
