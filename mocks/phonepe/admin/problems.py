"""Refusals of the admin API: RFC 9457 problems that name a field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from ..wire.messages import Json, Request, answer

Model = TypeVar("Model", bound=BaseModel)


class ProblemError(Exception):
    """An admin call is refused: an RFC 9457 document."""

    def __init__(self, status: int, title: str, errors: list[Json] | None = None) -> None:
        super().__init__(title)
        self.document: Json = {"type": "about:blank", "title": title, "status": status}
        if errors:
            self.document |= {"detail": "; ".join(f"{each['field']}: {each['problem']}" for each in errors)}
            self.document |= {"errors": errors}
        self.status = status

    def response(self) -> Response:
        """The response."""
        return answer(self.status, json.dumps(self.document).encode(), "application/problem+json")


def parse(model: type[Model], request: Request) -> Model:
    """The body as a model; ProblemError that names each field that is wrong. A string is no number, true is none."""
    body = request.content or b"{}"
    not_json = ProblemError(400, "The body is not JSON", [mistake("body", "must be a JSON object")])
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise not_json from None
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=False)
    if mistakes[0]["type"] == "json_invalid":
        raise not_json
    found: dict[str, list[str]] = {}
    for each in mistakes:
        problems = found.setdefault(_field(document, each["loc"], missing=each["type"] == "missing"), [])
        problems += [] if each["msg"] in problems else [each["msg"]]
    raise ProblemError(
        422,
        "The body does not describe what is asked for",
        [mistake(field, "; ".join(found[field])) for field in found],
    )


def _field(document: Any, path: Sequence[str | int], *, missing: bool) -> str:
    """The dotted name of a mistake's field: what pydantic adds to say which of several types it tried is left out."""
    names: list[str] = []
    for place, part in enumerate(path):
        inside = document[part] if _holds(document, part) else None
        if _holds(document, part) or (missing and place == len(path) - 1):
            names.append(str(part))
            document = inside
    return ".".join(names) or "body"


def _holds(document: Any, part: str | int) -> bool:
    if isinstance(document, dict):
        return part in document
    return isinstance(document, list) and isinstance(part, int) and part < len(document)


def mistake(field: str, problem: str) -> Json:
    """An entry of a problem's errors."""
    return {"field": field, "problem": problem}
