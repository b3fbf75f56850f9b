"""Requests whose body was read, and responses, as the gateway's handlers see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.types import Receive, Scope

from .errors import GatewayError

Json = dict[str, Any]

FORM: Final = "application/x-www-form-urlencoded"


class Request(StarletteRequest):
    """One HTTP request with its whole body: `content` as it came, `entries` the fields of an URL-encoded one."""

    content: bytes = b""
    entries: Mapping[str, str] = {}

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.remarks: list[str] = []
        """What production would have refused of it, but a lenient merchant's gateway let through."""

    @property
    def path(self) -> str:
        """The path below PhonePe's prefix, as the route table has it."""
        whole: str = self.scope["path"]
        return whole[len(self.scope.get("root_path", "")) :] or "/"

    @property
    def prefix(self) -> str:
        """The prefix of PhonePe's that the request came by; empty for none."""
        found: str = self.scope.get("root_path", "")
        return found

    @property
    def host(self) -> str:
        """The name that the client called the gateway by, without a port."""
        return urlsplit(f"//{self.headers.get('host', '')}").hostname or ""

    @property
    def query_string(self) -> str:
        """The query as it came."""
        raw: bytes = self.scope["query_string"]
        return raw.decode("latin-1")

    def query(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return self.query_params.get(name)

    def flag(self, name: str) -> bool:
        """A boolean query parameter, in any case; absent is false."""
        return (self.query(name) or "").lower() == "true"

    def document(self) -> Json:
        """The body as a JSON object; GatewayError(validation) when it is none."""
        try:
            document = json.loads(self.content)
        except (ValueError, RecursionError):
            raise GatewayError("validation", "The request body is not valid JSON.") from None
        if not isinstance(document, dict):
            raise GatewayError("validation", "The request body must be a JSON object.")
        return document


async def received(scope: Scope, receive: Receive) -> Request:
    """The request with its body; ClientDisconnect when its sender left before the end of it."""
    request = Request(scope, receive)
    request.content = await request.body()
    if request.content and request.headers.get("content-type", "").lower().startswith(FORM):
        form = await request.form()
        request.entries = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return request


def answer(
    status: int, body: bytes = b"", content_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    """A response whose content type is sent exactly as it is given."""
    return Response(body, status, {"content-type": content_type, **(headers or {})})


def reply(document: Any, status: int = 200) -> Response:
    """A JSON response; text outside of ASCII is escaped, since half a surrogate pair has no UTF-8."""
    return answer(status, json.dumps(document, separators=(",", ":")).encode())
