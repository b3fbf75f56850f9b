"""Other mocks, each in an environment of its own, that are measured beside ours in the same run."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.case import UnmeasurableError
from core.waiting import comes_true

HERE = Path(__file__).parent
READY_WITHIN_S = 30.0


@contextlib.contextmanager
def localstripe() -> Iterator[int]:
    """localstripe, a stateful mock of another gateway; yields its port."""
    from stack.setup import apart

    with _running([str(apart.python("localstripe")), str(HERE / "run_localstripe.py")]) as port:
        yield port


@contextlib.contextmanager
def mountebank(body: bytes) -> Iterator[int]:
    """mountebank, a programmable stub, with one answer to whatever it is asked; yields the stub's port."""
    from stack.setup import apart
    from stack.tools import node_itself

    modules = apart.modules("mountebank")
    with _running([str(node_itself()), str(HERE / "run_mountebank.cjs"), str(modules)]) as port:
        yield _imposter(port, body)


def _imposter(port: int, body: bytes) -> int:
    headers = {"content-type": "application/json", "content-length": len(body), "connection": "keep-alive"}
    answer = {"is": {"statusCode": 200, "headers": headers, "body": body.decode()}}
    wanted = json.dumps({"protocol": "http", "stubs": [{"responses": [answer]}]})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN_S)
    connection.request("POST", "/imposters", wanted, {"content-type": "application/json"})
    made = json.loads(connection.getresponse().read())
    connection.close()
    return int(made["port"])


@contextlib.contextmanager
def _running(command: Sequence[str]) -> Iterator[int]:
    """Run a process that writes the port that the system chose for it to the file that it is given last.

    Yield the port.
    """
    with tempfile.TemporaryDirectory() as folder:
        port_file, log = Path(folder, "port"), Path(folder, "log")
        with log.open("wb") as file:
            process = subprocess.Popen([*command, str(port_file)], cwd=folder, stdout=file, stderr=file)  # noqa: S603
        try:
            comes_true(lambda: port_file.exists() or process.poll() is not None, within_s=READY_WITHIN_S)
            if not port_file.exists():
                raise UnmeasurableError(f"{Path(command[1]).stem} did not start: {log.read_text()[-200:]}")
            yield int(port_file.read_text())
        finally:
            process.terminate()
            process.wait()
