"""Refusals of the admin API: RFC 9457 problems that name a field."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mocks.phonepe.http import Answer, Request
from mocks.phonepe.ledger import Json

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

    def answer(self) -> Answer:
        """The response."""
        return Answer(self.status, json.dumps(self.document).encode(), "application/problem+json")


def parse(model: type[Model], request: Request) -> Model:
    """The body as a model; ProblemError that names each field that is wrong."""
    try:
        document: Any = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise ProblemError(400, "The body is not JSON", [mistake("body", "must be a JSON object")]) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        mistakes = [mistake(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()]
        raise ProblemError(422, "The body does not describe what is asked for", mistakes) from None


def mistake(field: str, problem: str) -> Json:
    """An entry of a problem's errors."""
    return {"field": field, "problem": problem}
