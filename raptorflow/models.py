"""What every body has in common: inputs that refuse surprises, and the field types that nouns share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
Email = Annotated[str, StringConstraints(max_length=254, pattern=EMAIL_PATTERN), Field(examples=["asha@example.com"])]


def _say_no_nul(schema: Any) -> None:
    """Tell in the JSON Schema what `refuse_unstorable` refuses: strings without a pattern of their own get this one."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "const", "format"}:
            schema["pattern"] = r"^[^\x00]*$"
        for part in list(schema.values()):
            _say_no_nul(part)
    elif isinstance(schema, list):
        for part in schema:
            _say_no_nul(part)


class Input(BaseModel):
    """A request's body: no unknown fields, no conversions but 2.0 for 2, no NUL bytes, no lone surrogates."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, json_schema_extra=_say_no_nul)

    @field_validator("*", mode="before")
    @classmethod
    def _as_json_means_it(cls, value: Any) -> Any:
        refuse_unstorable(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value


class Output(BaseModel):
    """A response's body."""

    model_config = ConfigDict(frozen=True)


def refuse_unstorable(value: Any) -> None:
    """Raise for text that PostgreSQL cannot hold, at any depth of a JSON value: NUL bytes and lone surrogates."""
    if isinstance(value, str):
        if "\x00" in value:
            raise PydanticCustomError("nul_byte", "Text must not hold NUL bytes")
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise PydanticCustomError("lone_surrogate", "Text must be well-formed Unicode")
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key)
            refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item)
