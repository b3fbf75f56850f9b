"""PostgreSQL, Redis and the gateway as containers of one network, and the template that slices are cut from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import redis as redis_client
from psycopg import sql

from stack.application import LOOPBACK
from stack.containers.application import open_forwarder
from stack.containers.box import LOCKED_DOWN, Box
from stack.containers.images import public
from stack.http import Service, wait_until_ready
from stack.postgres import LOGINS, SUPERUSER, TEMPLATE, Postgres, fresh_passwords, fresh_token
from stack.processes import Processes
from stack.readiness import wait_until_answered
from stack.redis import DATABASES, IDENTITY, Redis

POSTGRES_PORT, REDIS_PORT = 5432, 6379
READY_S = 60.0
MIGRATED_S = 60.0
DATA = "/pgdata"
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400"}
PREPARE = "python -m raptorflow roles && python -m raptorflow migrate"


@dataclass(frozen=True, slots=True)
class Place:
    """What the containers of a run share: its label, its network and the folder of its logs."""

    run: str
    network: str
    logs: Path
    boxes: list[Box] = field(default_factory=list)
    """The services, as they were started."""


def start_postgres(place: Place) -> Postgres:
    """Return a server that keeps its data in memory; ready when this returns. As the harness reaches it."""
    passwords, token = {**fresh_passwords(), SUPERUSER: secrets.token_urlsafe(24)}, fresh_token()
    options = [
        word for name, value in {**SETTINGS, "cluster_name": token}.items() for word in ("-c", f"{name}={value}")
    ]
    box = Box.start(
        "PostgreSQL",
        public("POSTGRES_IMAGE"),
        run=place.run,
        network=place.network,
        alias="postgres",
        log=place.logs / "postgres.log",
        port=POSTGRES_PORT,
        command=("postgres", *options),
        env={"POSTGRES_PASSWORD": passwords[SUPERUSER], "PGDATA": f"{DATA}/data"},
        memory=(DATA,),
        shm_size="256m",
    )
    place.boxes.append(box)
    server = Postgres(LOOPBACK, passwords, box.port(POSTGRES_PORT), token)
    wait_until_answered(
        box, lambda: psycopg.connect(server.admin_dsn(), connect_timeout=5).close(), psycopg.OperationalError, READY_S
    )
    return server


def start_redis(place: Place) -> Redis:
    """Return a server that keeps nothing on disk; ready when this returns."""
    token = fresh_token()
    options = {"save": "", "appendonly": "no", "protected-mode": "no", "bind": "0.0.0.0", "databases": str(DATABASES)}  # noqa: S104
    options[IDENTITY] = token
    box = Box.start(
        "Redis",
        public("REDIS_IMAGE"),
        run=place.run,
        network=place.network,
        alias="redis",
        log=place.logs / "redis.log",
        port=REDIS_PORT,
        command=("redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))),
        memory=("/data",),
    )
    place.boxes.append(box)
    server = Redis(f"redis://{LOOPBACK}:{box.port(REDIS_PORT)}/", token)

    def ping() -> None:
        with redis_client.Redis.from_url(server.url(0)) as client:
            client.ping()

    wait_until_answered(box, ping, redis_client.ConnectionError, READY_S)
    return server


def start_gateway(processes: Processes, place: Place, image: str) -> Service:
    """Return the gateway behind a port forwarder.

    In its container it listens on the port that its pages' addresses name.
    """
    forwarder, service = open_forwarder(processes, "gateway", "/_admin/health")
    port = service.port
    box = Box.start(
        "the gateway",
        image,
        run=place.run,
        network=place.network,
        alias="phonepe",
        log=place.logs / "gateway.log",
        port=port,
        command=("python", "-m", "mocks.phonepe", "--host", "0.0.0.0", "--port", str(port)),  # noqa: S104
        memory=("/tmp",),  # noqa: S108 - the container's own
        **LOCKED_DOWN,
    )
    place.boxes.append(box)
    outside = box.port(port)
    wait_until_ready(box, outside, "/_admin/health", READY_S)
    forwarder.point(outside)
    service.start()
    return service


def prepare(server: Postgres, place: Place, image: str) -> None:
    """Make the roles and the migrated template that slices are cloned from, with the application's own commands."""
    owner, name = sql.Identifier(LOGINS[0]), sql.Identifier(TEMPLATE)
    with server.admin() as connection:
        connection.execute(sql.SQL("create role {} login").format(owner))
        connection.execute(sql.SQL("create database {} owner {}").format(name, owner))
    internal = replace(server, host="postgres", port=POSTGRES_PORT)
    database = internal.database(TEMPLATE)
    box = Box.start(
        "raptorflow migrate",
        image,
        run=place.run,
        network=place.network,
        alias="migrate",
        log=place.logs / "migrate.log",
        command=("sh", "-c", PREPARE),
        env={
            "ADMIN_DATABASE_URL": internal.admin_dsn(),
            "MIGRATION_DATABASE_URL": database.owner,
            "DATABASE_URL": database.app,
            "WORKER_DATABASE_URL": database.worker,
        },
        memory=("/tmp",),  # noqa: S108 - the container's own
        **LOCKED_DOWN,
    )
    box.finish(MIGRATED_S)
    freeze(server)


def freeze(server: Postgres, *, closed: bool = True) -> None:
    """Mark the template as one; if `closed`, nobody gets into it any more, so that it can be cloned at any time."""
    name, entry = sql.Identifier(TEMPLATE), sql.SQL(str(not closed).lower())
    with server.admin() as connection:
        marked = sql.SQL("alter database {} is_template true allow_connections {}")
        connection.execute(marked.format(name, entry))
