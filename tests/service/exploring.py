"""Examples for every published operation, drawn from its schema: right ones and wrong ones; finds are written down."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import GenerationMode
from schemathesis.config import ChecksConfig, PositiveDataAcceptanceConfig, ProjectConfig, ProjectsConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok

from drivers.http import HttpCustomer
from drivers.transport import Request, Response

FOUND = Path(__file__).parent / "examples"
LEFT_OUT = (
    "user-agent",
    "accept-encoding",
    "connection",
    "content-length",
    "authorization",
    "x-schemathesis-testcaseid",
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
STATES = ["2xx", "401", "402", "403", "404", "409", "412", "422"]
"""What a right request may meet: the state of the account decides (402, 409, 412), or what no schema can say (422)."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request of an operation that was answered wrongly once. `path` begins at the root; `body` is base64."""

    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    why: str

    def send(self, customer: HttpCustomer) -> Response:
        """The request again, as this customer."""
        headers = {**self.headers, "authorization": f"Bearer {customer.access_token}"}
        url = customer.routes.base_url + self.path
        return customer.transport.send(Request(self.method, url, headers, base64.b64decode(self.body)))

    def write(self, folder: Path) -> Path:
        """Keeps it as a file that is named by its content."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        file = folder / f"{self.method.lower()}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
        folder.mkdir(exist_ok=True)
        file.write_text(text)
        return file


def known() -> list[Example]:
    """What was found so far."""
    return [Example(**json.loads(file.read_text())) for file in sorted(FOUND.glob("*.json"))]


@dataclass(slots=True)
class Exploration:
    """Sends at least `wanted` examples, half of them right, to all operations; `found` were answered wrongly."""

    customer: HttpCustomer
    wanted: int
    seed: int
    sent: int = 0
    found: list[Example] = field(default_factory=list)

    def run(self) -> None:
        """Explore."""
        checks = ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=STATES))
        config = schemathesis.Config(projects=ProjectsConfig(default=ProjectConfig(checks=checks)))
        url = f"{self.customer.routes.base_url}/openapi.json"
        schema = schemathesis.openapi.from_url(url, config=config)
        operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        each = -(-self.wanted // (len(operations) * len(MODES)))
        while self.sent < self.wanted:
            for operation in operations:
                for mode in MODES:
                    self._operation(operation, mode, each)
            self.seed += 1

    def _operation(self, operation: Any, mode: GenerationMode, most: int) -> None:
        """One operation in one mode; what cannot be wrong about it (no parameters, no body) is not tried."""
        try:
            strategy = operation.as_strategy(generation_mode=mode)
            self._given(strategy, most)()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label

    def _given(self, strategy: Any, most: int) -> Callable[[], None]:
        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=most,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def explore(case: Any) -> None:
            self._try(case)

        return explore

    def _try(self, case: Any) -> None:
        token = self._token(case.operation.label)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.sent += 1
        response = case.call(headers=headers, timeout=20)
        try:
            case.validate_response(response, headers=headers)
        except (FailureGroup, Failure) as failure:
            self.found.append(_example(case.operation.label, response.request, failure))

    def _token(self, label: str) -> str:
        """Logging out ends the session that it is told in: that takes one of its own."""
        if label == "POST /api/v1/auth/logout":
            own = self.customer.at_another_device()
            own.log_in()
            return own.access_token
        return self.customer.access_token


def _example(operation: str, request: Any, failure: BaseException) -> Example:
    body = request.body or b""
    why = [str(each) for each in getattr(failure, "exceptions", (failure,))]
    return Example(
        operation=operation,
        method=request.method,
        path=request.path_url,
        headers={name.lower(): str(value) for name, value in request.headers.items() if name.lower() not in LEFT_OUT},
        body=base64.b64encode(body if isinstance(body, bytes) else str(body).encode()).decode(),
        why=" / ".join(" ".join(each.split())[:600] for each in why),
    )
