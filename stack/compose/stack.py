"""The services of `docker-compose.test.yml` as a stack that slices are cut from."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from stack.application import LOOPBACK, Merchant
from stack.compose import client
from stack.containers import engine
from stack.containers.application import open_forwarder
from stack.containers.box import Box
from stack.containers.images import APP, GATEWAY, PUBLIC, ensure, public
from stack.containers.reap import sweep
from stack.containers.services import MIGRATED_S, POSTGRES_PORT, READY_S, REDIS_PORT, freeze
from stack.embedded import Stack
from stack.errors import UnavailableError
from stack.http import Service, wait_until_ready
from stack.postgres import LOGINS, SUPERUSER, Postgres, fresh_passwords, fresh_token
from stack.processes import Processes
from stack.redis import Redis
from stack.services import ContainerNetwork, Endpoints, Services

INSIDE = "RAPTORFLOW_INSIDE_COMPOSE"
"""Set in the services of the harness: the others are up already."""
FOREIGN = "RAPTORFLOW_IMAGE"
SERVICES = ("postgres", "redis", "phonepe", "migrate")
UP_S = 180.0


class ComposeStack(Stack):
    """PostgreSQL, Redis and the gateway are services of a compose project; each slice is a run of the service app."""

    @classmethod
    def start(cls, *, logs: Path | None = None) -> Stack:
        """Bring the services up, or join them where this is a service itself.

        Raises UnavailableError with one line.
        """
        if os.environ.get(INSIDE):
            return cls._join(logs)
        engine.client()
        client.words()
        sweep()
        images = {APP.variable: ensure(APP), GATEWAY.variable: ensure(GATEWAY)}
        images |= {variable: public(variable) for variable in PUBLIC}
        processes = Processes.start()
        try:
            processes.afterwards((sys.executable, "-m", "stack.containers.reap", str(processes.folder)))
            return cls._up(processes, logs or processes.folder / "logs", images)
        except BaseException:
            processes.close()
            raise

    @classmethod
    def _up(cls, processes: Processes, logs: Path, images: dict[str, str]) -> Stack:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        project = f"raptorflow-{processes.folder.name}"
        forwarder, service = open_forwarder(processes, "gateway", "/_admin/health")
        passwords, token = {**fresh_passwords(), SUPERUSER: secrets.token_urlsafe(24)}, fresh_token()
        client.keep_settings(processes, {**images, **_settings(processes.folder, service.port, passwords, token)})
        client.run(processes, project, ("up", "-d", "--no-build", *SERVICES), logs / "compose.log", timeout_s=UP_S)
        boxes = {name: _service(project, name, logs) for name in SERVICES}
        boxes["migrate"].finish(MIGRATED_S)
        books = boxes["phonepe"].port(service.port)
        wait_until_ready(boxes["phonepe"], books, "/_admin/health", READY_S)
        forwarder.point(books)
        service.start()
        here = Endpoints(
            Postgres(LOOPBACK, passwords, boxes["postgres"].port(POSTGRES_PORT), token),
            Redis(f"redis://{LOOPBACK}:{boxes['redis'].port(REDIS_PORT)}/", token),
            f"http://{LOOPBACK}:{service.port}",
        )
        freeze(here.postgres)
        there = Endpoints(
            replace(here.postgres, host="postgres", port=POSTGRES_PORT),
            Redis(f"redis://redis:{REDIS_PORT}/"),
            f"http://phonepe:{service.port}",
        )
        network = ContainerNetwork(str(processes.folder), f"{project}_default", images[APP.variable], there, project)
        services = Services(here, f"http://localhost:{service.port}", logs, network=network)
        watched = tuple(box for name, box in boxes.items() if name != "migrate")
        return cls._of(processes, services, (service,), watched)

    @classmethod
    def _join(cls, logs: Path | None) -> Stack:
        """Return the services as they are reached from the service `tests`.

        Slices' applications are processes there.
        """
        told = os.environ
        if told.get(FOREIGN):
            raise UnavailableError(
                f"{FOREIGN}={told[FOREIGN]} is not the RaptorFlow that this harness carries: "
                "only the service app can be verified, with --target stack/images/compose.toml"
            )
        roles = [conninfo_to_dict(told[name]) for name in ("MIGRATION_DATABASE_URL", "DATABASE_URL")]
        roles += [conninfo_to_dict(told[name]) for name in ("WORKER_DATABASE_URL", "ADMIN_DATABASE_URL")]
        passwords = {str(role["user"]): str(role["password"]) for role in roles}
        server = Postgres(str(roles[0]["host"]), passwords, POSTGRES_PORT)
        freeze(server, closed=False)  # the service migrate may come again
        processes = Processes.start()
        folder = logs or processes.folder / "logs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        gateway = told["PHONEPE_BASE_URL"]
        endpoints = Endpoints(server, Redis(told["REDIS_URL"].rpartition("/")[0] + "/"), gateway)
        host = socket.gethostbyname(socket.gethostname())
        prefix = f"{processes.folder.name.removeprefix('rf-')}_"
        return cls._of(processes, Services(endpoints, gateway, folder, host, prefix=prefix))

    @classmethod
    def _of(
        cls,
        processes: Processes,
        services: Services,
        servers: tuple[Service, ...] = (),
        watched: tuple[Box, ...] = (),
    ) -> Stack:
        services.write(processes.folder / "stack.json")
        return cls(processes, services, servers, watched)


def _settings(folder: Path, gateway_port: int, passwords: dict[str, str], token: str) -> dict[str, str]:
    """Return the variables of docker-compose.test.yml for one run: secrets of its own, and its label."""
    merchant = Merchant("M_COMPOSE")
    owner, app, worker = (passwords[role] for role in LOGINS)
    return {
        "RAPTORFLOW_RUN_FOLDER": str(folder),
        "RAPTORFLOW_RUN_TOKEN": token,
        "RAPTORFLOW_RUN_HOST": socket.gethostname(),
        "PHONEPE_PORT": str(gateway_port),
        "PHONEPE_HOST": "localhost",
        "POSTGRES_PASSWORD": passwords[SUPERUSER],
        "OWNER_PASSWORD": owner,
        "APP_PASSWORD": app,
        "WORKER_PASSWORD": worker,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PHONEPE_CLIENT_ID": merchant.client_id,
        "PHONEPE_CLIENT_SECRET": merchant.client_secret,
        "PHONEPE_WEBHOOK_USERNAME": merchant.webhook_username,
        "PHONEPE_WEBHOOK_PASSWORD": merchant.webhook_password,
    }


def _service(project: str, name: str, logs: Path) -> Box:
    """Return the container of a service."""
    mine = {"label": [f"com.docker.compose.project={project}", f"com.docker.compose.service={name}"]}
    (container,) = list[Any](engine.client().containers.list(all=True, filters=mine))
    return Box(f"the service {name}", container, logs / f"{name}.log")
