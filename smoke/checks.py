"""What is tried of a deployment, each once: no load, no database, and nothing that is not taken back."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from drivers.answers import answers, full_name
from drivers.customer import Identity
from drivers.errors import NotOfferedError
from drivers.http import HttpCustomer
from drivers.transport import Request, Transport
from stack.system import System

METHODS = ("get", "put", "post", "delete", "patch")
PLACEHOLDER = "00000000-0000-4000-8000-000000000000"
CLEANUP_S = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried: `why` says what was wrong, or why it could not be tried."""

    name: str
    status: str
    duration_ms: float
    why: str = ""


@dataclass(slots=True)
class Smoke:
    """The checks of one deployment, and the customer that they made."""

    system: System
    transport: Transport
    checks: list[Check] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def run(self) -> list[Check]:
        """Try everything, in order; what fails does not keep the rest from being tried."""
        for name in ("live", "ready"):
            self._try(f"health: {name}", partial(self._healthy, name))
        for method, path in self._documented():
            self._try(f"{method.upper()} {path}", partial(self._answers, method, path))
        self._try("a journey", self._journey)
        if self.made:
            self._try("clean-up", self._clean_up)
        return self.checks

    def _try(self, name: str, check: Callable[[], object]) -> None:
        began, status, why = time.perf_counter(), "pass", ""
        try:
            check()
        except NotOfferedError as error:
            status, why = "skip", f"not verifiable on this target: needs {error}"
        except (AssertionError, OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
            status, why = "fail", " ".join(str(error).split()) or type(error).__name__
        self.checks.append(Check(name, status, round((time.perf_counter() - began) * 1000, 1), why))

    def _nobody(self) -> HttpCustomer:
        return HttpCustomer(self.transport, self.system.base_url, self.system.routes)

    def _healthy(self, name: str) -> None:
        answer = self._nobody().call("GET", name)
        assert answer.status == 200, f"answered {answer.status}: {answer.text[:200]}"

    def _documented(self) -> Iterator[tuple[str, str]]:
        """Every operation of the deployment's own OpenAPI document."""
        document: dict[str, Any] = {}

        def read() -> None:
            answer = self._nobody().call("GET", "openapi")
            assert answer.status == 200, f"answered {answer.status}"
            document.update(answer.json())
            assert document["paths"], "documents no endpoint"

        self._try("the OpenAPI document", read)
        for path, operations in document.get("paths", {}).items():
            yield from ((method, path) for method in METHODS if method in operations)

    def _answers(self, method: str, path: str) -> None:
        """Send a stranger's request with nothing in it.

        It is refused or answered, by this route, and not with a breakdown.
        """
        filled = "/".join(PLACEHOLDER if part.startswith("{") else part for part in path.split("/"))
        body, headers = (None, {}) if method in ("get", "delete") else (b"{}", {"content-type": "application/json"})
        answer = self.transport.send(Request(method.upper(), self.system.base_url + filled, headers, body))
        gone = answer.status == 405 or (answer.status == 404 and filled == path)
        assert answer.status < 500, f"answered {answer.status}"
        assert not gone, f"is documented, and answers {answer.status}"

    def _journey(self) -> None:
        """Somebody signs up and is known; where the gateway is the harness's own, they pay and answer a step."""
        mark = f"smoke{secrets.token_hex(8)}"
        identity = Identity(f"{mark}@example.com", secrets.token_urlsafe(16), full_name(mark), mark)
        customer = self._nobody()
        self.made.append(identity.email)
        customer.sign_up(identity)
        assert customer.me().email == identity.email, "shows somebody else"
        if self.system.gateway_admin_url:
            self._pays(customer, mark)
        customer.log_out()

    def _pays(self, customer: HttpCustomer, mark: str) -> None:
        customer.choose_plan("ascent", "monthly")
        customer.pay()
        customer.wait_for_payment("completed")
        assert customer.start_onboarding() == 1, "does not begin with the first step"
        customer.answer(1, answers(mark, mark)[1])
        if self.system.routes.get("cancel_subscription", "offered"):
            customer.cancel_subscription()

    def _clean_up(self) -> None:
        command = self.system.cleanup_command
        if command is None:
            raise NotOfferedError(f"a [cleanup] command to remove {', '.join(self.made)}")
        told = "".join(f"{email}\n" for email in self.made)
        done = subprocess.run(command, input=told, text=True, capture_output=True, timeout=CLEANUP_S, check=False)  # noqa: S603
        assert done.returncode == 0, f"exited with {done.returncode}: {(done.stderr or done.stdout).strip()[-200:]}"
