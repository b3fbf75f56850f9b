"""Posted forms: their text fields, and the models of the API filled from them."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from raptorflow.problems import Problem

MOST_FIELDS = 300
Model = TypeVar("Model", bound=BaseModel)


async def posted(request: Request) -> dict[str, str]:
    """The text fields of the form; of a repeated one, the last."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "This address takes the form of its page.")
    async with request.form(max_fields=MOST_FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


Posted = Annotated[dict[str, str], Depends(posted)]


def read(
    model: type[Model], values: dict[str, str | None], sentences: dict[str, str]
) -> tuple[Model | None, dict[str, str]]:
    """The model, or none and a sentence for each bad field (from `sentences`, by the field's name)."""
    try:
        return model.model_validate(values), {}
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors(include_url=False, include_input=False)}
        return None, {name: sentences.get(name, "Please correct this.") for name in wrong}
