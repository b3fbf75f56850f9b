"""The kinds of answer a step may ask for. Limits that recur are named here, once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

LINE_LIMIT = 160
TEXT_LIMIT = 1000
LIST_LIMIT = 8
SHORT_LIST_LIMIT = 4
PAISE_LIMIT = 2**53 - 1  # the largest integer that RFC 8785 can write down
_LINE_PATTERN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_TEXT_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_LIMIT, pattern=_LINE_PATTERN)
]
"""One line of text, 1 to 160 characters, no control characters."""

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_LIMIT, pattern=_TEXT_PATTERN)
]
"""A paragraph, 1 to 1,000 characters; tabs and line breaks are kept."""

Lines = Annotated[list[Line], Field(min_length=1, max_length=LIST_LIMIT)]
"""1 to 8 lines."""

FewLines = Annotated[list[Line], Field(max_length=SHORT_LIST_LIMIT)]
"""Up to 4 lines, for what may be left out."""


def _affirmed(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("not_confirmed", "must be confirmed")
    return value


Affirmation = Annotated[bool, AfterValidator(_affirmed), WithJsonSchema({"type": "boolean", "const": True})]
"""A box that must be ticked: true, and nothing that merely equals it."""

Paise = Annotated[int, Field(ge=0, le=PAISE_LIMIT)]
Coordinate = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]


class Answers(BaseModel):
    """A group of answers: exactly the declared fields, of exactly the declared types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
