"""Requests and answers, as the gateway's handlers see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from .errors import GatewayError


@dataclass(slots=True)
class Request:
    """One HTTP request with its whole body; header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    params: dict[str, str] = field(default_factory=dict)

    def queries(self) -> dict[str, str]:
        """The query's parameters, the last value of each."""
        if not self.query_string:
            return {}
        return {name: values[-1] for name, values in parse_qs(self.query_string, keep_blank_values=True).items()}

    def query(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return self.queries().get(name)

    def flag(self, name: str) -> bool:
        """A boolean query parameter, in any case; absent is false."""
        return (self.query(name) or "").lower() == "true"

    def form(self) -> dict[str, str]:
        """The fields of an URL-encoded body."""
        text = self.body.decode("utf-8", "replace")
        return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; GatewayError(validation) when it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            raise GatewayError("validation", "The request body is not valid JSON.") from None
        if not isinstance(document, dict):
            raise GatewayError("validation", "The request body must be a JSON object.")
        return document


@dataclass(slots=True)
class Answer:
    """Status, body and headers of a response."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def reply(document: Any, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(document, separators=(",", ":")).encode())
