"""The one method that an HTTP customer needs of its client, so that any client can carry it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

COOKIE_SEPARATOR = "\n"
SHOWN = 120


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. `name` groups requests in reports: `PUT step`, not the address with its ids."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; header names are lower-case, several `Set-Cookie` are parted by line breaks."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode(errors="replace")

    @property
    def request_id(self) -> str:
        """What the system calls this exchange in its log; empty when it did not say."""
        return self.headers.get("x-request-id", "")

    def json(self) -> Any:
        """Return the body as JSON. Raises NoJsonError when it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NoJsonError(self, error) from error


class NoJsonError(ValueError):
    """A body that should have been JSON: the message says how it begins, and which request's it was."""

    def __init__(self, response: Response, error: ValueError) -> None:
        """`error` is the parser's."""
        begins = " ".join(response.text.split())[:SHOWN] or "nothing"
        which = response.request_id or "without an id"
        super().__init__(f"{response.status} with a body that is no JSON ({error}): {begins!r} (request {which})")


class Transport(Protocol):
    """Sends one request and returns its response; never follows a redirect. Raises OSError when none comes."""

    def send(self, request: Request) -> Response:
        """Return the response to `request`."""


def folded(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header lines as a `Response` holds them."""
    folded: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        separator = COOKIE_SEPARATOR if key == "set-cookie" else ", "
        folded[key] = f"{folded[key]}{separator}{value}" if key in folded else value
    return folded
