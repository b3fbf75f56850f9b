"""Errors as RFC 9457 problem documents. Raise `Problem(...)` anywhere below a route; the handlers here answer.

The codes live beside the nouns that raise them; each is stable UPPER_SNAKE_CASE. `documented(401, 404, …)` gives the
`responses=` of a route, so that OpenAPI says every error a caller can meet.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from raptorflow.database_errors import remedy
from raptorflow.texts import cut

log = logging.getLogger("raptorflow.problems")
MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One bad field of the input."""

    field: str = Field(description="Dotted path, as `body.plan` or `header.Idempotency-Key`")
    code: str
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457 problem details, with a stable `code` for programs and the `request_id` for support."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None


class Problem(HTTPException):
    """An answer that refuses. `extra` members (JSON values) are added to the document; `headers` to the response.

    FastAPI lets its own exceptions alone wherever they are raised: that is why this is one of them.
    """

    headers: dict[str, str]

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldError] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.status, self.code, self.extra = status, code, extra
        self.errors = list(errors) if errors is not None else None


def answer(request: Request, problem: Problem) -> JSONResponse:
    """The problem as a response."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": getattr(request.state, "request_id", ""),
        **problem.extra,
    }
    if problem.errors is not None:
        document["errors"] = [error.model_dump() for error in problem.errors]
    return JSONResponse(document, problem.status, problem.headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for these error statuses, and for those that any route can give."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in sorted({*statuses, 400, 413, 422, 503})
    }


def _allowed(request: Request) -> str:
    """Every method of the path: the router itself names those of the first route that has it."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in matching for method in getattr(route, "methods", None) or ()}))


def invalid(error: RequestValidationError) -> Problem:
    """A 422 with one entry per bad field, without echoing the input; 400 for a body that is not JSON at all."""
    fields = [_field(item) for item in error.errors()]
    if any(item.code == "JSON_INVALID" for item in fields):
        return Problem(400, "MALFORMED_JSON", "The body is not valid JSON.", errors=fields)
    return Problem(422, "INVALID_INPUT", "Some fields are missing or wrong.", errors=fields)


def _field(item: Mapping[str, Any]) -> FieldError:
    path = ".".join(_printable(str(part)) for part in item["loc"])
    return FieldError(field=path, code=str(item["type"]).upper(), message=_printable(str(item["msg"])))


def _printable(text: str) -> str:
    """Text that any JSON client can read: unknown keys of the caller may hold lone surrogates or control characters."""
    return cut(text, 200).encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")


def of_framework(request: Request, error: HTTPException) -> Problem:
    """A refusal of FastAPI's own, in our words. Its only 400 is for a body that it cannot read."""
    status = error.status_code
    if status == 400:
        entry = FieldError(field="body", code="JSON_INVALID", message="cannot be read: it is not well-formed UTF-8")
        return Problem(400, "MALFORMED_JSON", "The body is not well-formed.", errors=[entry])
    headers = {**(error.headers or {}), **({"Allow": _allowed(request)} if status == 405 else {})}
    known = HTTPStatus(status)
    return Problem(status, known.name, f"{known.description or known.phrase}.", headers=headers)


def unexpected(error: Exception) -> Problem:
    """What is said of an error that nobody raised on purpose; the log has the rest."""
    told = remedy(error)
    if told is not None:
        log.error("the database did not do it", extra={"error": type(error).__name__, "code": told.code})
        return Problem(503, told.code, told.sentence, headers={"Retry-After": str(told.retry_after_s)})
    log.error("unhandled error", exc_info=error)
    return Problem(500, "INTERNAL_ERROR", "Something went wrong on our side. Please try again.")


def install(app: FastAPI) -> None:
    """Make every refusal of `app` a problem document; the middleware answers for what is `unexpected`."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> JSONResponse:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(request, invalid(error))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        return answer(request, of_framework(request, error))
