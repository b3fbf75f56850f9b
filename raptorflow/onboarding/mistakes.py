"""What is wrong with a step's answers, in words that help: the same for the API and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from raptorflow.problems import FieldError
from raptorflow.texts import cut

_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this step",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must not hold control characters, nor line breaks where one line is asked for",
    "list_type": "must be a list",
    "too_short": "needs at least {min_length} of them",
    "too_long": "takes at most {max_length} of them",
    "dict_type": "must be a group of fields",
    "model_type": "must be a group of fields",
    "model_attributes_type": "must be a group of fields",
    "bool_type": "must be true",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge:.0f}",
    "less_than_equal": "must be at most {le:.0f}",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One bad field: its dotted path within the step's answers, a stable code, a sentence."""

    path: str
    code: str
    message: str


def mistakes(error: ValidationError) -> list[Mistake]:
    """One entry for each bad field."""
    return [_mistake(item) for item in error.errors(include_url=False, include_input=False)]


def bad_fields(error: ValidationError, prefix: str) -> list[FieldError]:
    """The mistakes as the entries of a problem document, their paths below `prefix`."""
    return [
        FieldError(field=f"{prefix}.{item.path}".rstrip("."), code=item.code, message=item.message)
        for item in mistakes(error)
    ]


def _mistake(item: ErrorDetails) -> Mistake:
    values: dict[str, Any] = item.get("ctx", {})
    sentence = _SENTENCES.get(item["type"], item["msg"]).format_map(values)
    path = ".".join(_printable(part) for part in item["loc"])
    return Mistake(path, item["type"].upper(), sentence)


def _printable(part: str | int) -> str:
    """An unknown key may be anything that JSON can spell, lone surrogates included."""
    return cut(str(part), 80).encode("ascii", "backslashreplace").decode()
