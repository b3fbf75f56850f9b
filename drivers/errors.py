"""What goes wrong between a customer and the system, in words that say what was expected."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from drivers.transport import Response

SHOWN = 300


class UnexpectedAnswerError(AssertionError):
    """An answer that the customer did not expect. `code` is the problem's, `request_id` leads to the log."""

    def __init__(self, name: str, expected: str, response: Response) -> None:
        problem = problem_of(response)
        self.name, self.expected, self.response = name, expected, response
        self.status = response.status
        self.code = str(problem.get("code", ""))
        self.request_id = response.request_id or str(problem.get("request_id", ""))
        super().__init__(
            f"{name}: expected {expected}, got {response.status} {self.code}".rstrip()
            + f" ({_said(problem, response)}; request {self.request_id or 'without an id'})"
        )


class LoginFailedError(UnexpectedAnswerError):
    """A page needed a session, and the login form did not give one: nothing is said about the page."""


class NotAsPromisedError(AssertionError):
    """The system answered, but not with what the verb promises: the message says what was awaited and what was seen."""


class NotOfferedError(Exception):
    """The deployment does not have what was asked for, and its target file says so: no promise is kept or broken."""


def require(response: Response, name: str, *statuses: int) -> Response:
    """Return the response, when its status is one of `statuses`; raises UnexpectedAnswerError."""
    if response.status not in statuses:
        raise UnexpectedAnswerError(name, _either(statuses), response)
    return response


def problem_of(response: Response) -> dict[str, Any]:
    """Return the response's RFC 9457 problem; empty when it carries none."""
    if "problem+json" not in response.headers.get("content-type", ""):
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _either(statuses: Collection[int]) -> str:
    return " or ".join(str(status) for status in statuses)


def _said(problem: dict[str, Any], response: Response) -> str:
    if not problem:
        return " ".join(response.text.split())[:SHOWN] or "an empty body"
    fields = ", ".join(f"{each.get('field')}: {each.get('message')}" for each in problem.get("errors") or ())
    return f"{problem.get('detail', 'no detail')} {fields}".strip()[:SHOWN]
