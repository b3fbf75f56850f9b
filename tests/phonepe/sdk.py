"""The official Python SDK as a test calls it: in a process of the environment that it is installed in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.phonepe.shop import Json, Shop

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-raptorflow" / "bin" / "python"
WORKER = Path(__file__).with_name("sdk_worker.py")
OTHERS = [Path(each) for each in os.environ.get("PHONEPE_SDK_PYTHONS", "").split(os.pathsep) if each]
"""Interpreters of environments with other versions of the SDK, which the acceptance tests run with as well."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class SdkError(Exception):
    """What the SDK raised: its class's name, HTTP status and code."""

    def __init__(self, told: Json) -> None:
        super().__init__(f"{told['error']} {told['status']} {told['code']}: {told['message']}")
        self.name, self.status, self.code = told["error"], told["status"], told["code"]


class Sdk:
    """A process with the SDK, pointed at a gateway; None leaves PhonePe's own addresses."""

    def __init__(
        self, gateway_url: str | None, environment: Mapping[str, str] | None = None, python: Path = PYTHON
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
        command = [str(python), str(WORKER), gateway_url or "-"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=pipe, stdout=pipe, text=True, env=kept | dict(environment or {})
        )

    def call(self, shop: Shop, kind: str, method: str, builder: str | None = None, **arguments: Any) -> Any:
        """Call a method with credentials of the shop; SdkError when the SDK raises."""
        return self.send(shop, {"kind": kind, "method": method, "arguments": arguments}, builder)

    def send(self, shop: Shop, call: Json, builder: str | None = None) -> Any:
        """As `call`, with `env`, `read_timeout` or `credentials` set in the call."""
        account = shop.account
        credentials = {
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "client_version": account.client_version,
        }
        whole = {"credentials": credentials} | call | ({"builder": builder} if builder else {})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(whole) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the SDK's process ended with {self._process.wait()}"
        told = json.loads(line)
        if "error" in told:
            raise SdkError(told)
        return told["result"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
