"""Clients of PhonePe that nobody here wrote, each in a process of the environment that it is installed in."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from stack.setup import apart
from stack.tools import RAPTORFLOW, node_itself
from tests.phonepe.shop import Json, Shop

WORKERS = Path(__file__).with_name("workers")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
ACCOUNT = ("merchant_id", "client_id", "client_secret", "client_version", "salt_key", "salt_index")


@dataclass(frozen=True, slots=True)
class Program:
    """How a client's process is started."""

    command: Sequence[str]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Make:
    """A client by name and version, and its own ways: `attempts` are made of a call that the gateway lets down.

    One that `repeats_after_401` sends a call again with the token that it fetched since; the others raise.
    """

    name: str
    program: Callable[[], Program]
    attempts: int = 1
    subscriptions: bool = True
    tokens_apart: bool = True
    repeats_after_401: bool = False


def _python(environment: Callable[[], Path], worker: str) -> Callable[[], Program]:
    return lambda: Program([str(environment()), str(WORKERS / worker)])


def _node(environment: str, package: str) -> Callable[[], Program]:
    def program() -> Program:
        places = {"NODE_PATH": str(apart.modules(environment)), "PG_SDK_NODE": package}
        return Program([str(node_itself()), str(WORKERS / "node_sdk.cjs")], places)

    return program


PYTHON: Final = Make("python-3.0.1", _python(lambda: RAPTORFLOW / "bin" / "python", "python_sdk.py"))
PYTHONS: Final = (
    PYTHON,
    Make("python-2.3.0", _python(lambda: apart.python("sdk-2.3.0"), "python_sdk.py"), attempts=3),
    Make("python-2.1.6", _python(lambda: apart.python("sdk-2.1.6"), "python_sdk.py")),
)
NODE: Final = Make("node-2.0.2", _node("pg-sdk-node", "pg-sdk-node"), subscriptions=False, tokens_apart=False)
NODE_NOW: Final = Make(
    "node-2.0.6",
    _node("pg-sdk-node-2.0.6", "@phonepe-pg/pg-sdk-node"),
    subscriptions=False,
    tokens_apart=False,
    repeats_after_401=True,
)
SDKS: Final = (*PYTHONS, NODE, NODE_NOW)
WILD: Final = Make("wild", _python(lambda: apart.python("wild-clients"), "wild.py"), subscriptions=False)


class ClientError(Exception):
    """What a client raised: its class's name, HTTP status and code."""

    def __init__(self, told: Json) -> None:
        super().__init__(f"{told['error']} {told['status']} {told['code']}: {told['message']}")
        self.name, self.status, self.code = told["error"], told["status"], told["code"]


class Client:
    """A process with a client, pointed at a gateway; None leaves PhonePe's own addresses."""

    def __init__(self, make: Make, gateway_url: str | None, environment: Mapping[str, str] | None = None) -> None:
        self.make = make
        program = make.program()
        kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603
            [*program.command, gateway_url or "-"],
            stdin=pipe,
            stdout=pipe,
            text=True,
            env=kept | dict(program.environment) | dict(environment or {}),
        )

    def call(self, shop: Shop, kind: str, method: str, builder: str | None = None, **arguments: Any) -> Any:
        """Call a method with credentials of the shop; ClientError when the client raises."""
        return self.send(shop, call_of(kind, method, builder, **arguments))

    def send(self, shop: Shop, call: Json) -> Any:
        """As `call`, with `env`, `read_timeout`, `settings` or `account` set in the call."""
        (told,) = self.together(shop, [call])
        if "error" in told:
            raise ClientError(told)
        return told["result"]

    def together(self, shop: Shop, calls: Sequence[Json]) -> list[Json]:
        """Make calls at the same time: {result} or {error, status, code, message} of each."""
        account = {name: getattr(shop.account, name) for name in ACCOUNT}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([{"account": account} | call for call in calls]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.make.name}: the process ended with {self._process.wait()}"
        told: list[Json] = json.loads(line)
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def call_of(kind: str, method: str, builder: str | None = None, **arguments: Any) -> Json:
    """A call as a worker reads it."""
    return {"kind": kind, "method": method, "arguments": arguments} | ({"builder": builder} if builder else {})
