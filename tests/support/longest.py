"""The longest answers that the steps allow, drawn from the schemas that the system publishes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
LARGEST_AMOUNT = 2**53 - 1


def step_schemas(openapi: Schema) -> dict[str, Schema]:
    """The schema of each step's answers, by number as text, from the document at `/openapi.json`."""
    body = openapi["components"]["schemas"]["ChangeContext"]["properties"]["content"]
    found: dict[str, Schema] = body["properties"]["answers"]["properties"]
    return found


def longest(schema: Schema, letter: str) -> Any:
    """The longest value of the schema, its texts made of `letter`."""
    if "anyOf" in schema:
        return longest(next(each for each in schema["anyOf"] if each.get("type") != "null"), letter)
    match schema["type"]:
        case "object":
            return {key: longest(value, letter) for key, value in schema["properties"].items()}
        case "array":
            return [longest(schema["items"], letter)] * schema["maxItems"]
        case "string":
            return letter * (schema["maxLength"] // len(letter))
        case "boolean":
            return True
        case "integer":
            return LARGEST_AMOUNT
    return -9.123456789012345


def texts(value: Any) -> list[str]:
    """All texts in a JSON value, in order."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for item in inside for text in texts(item)]


def leaves(value: Any) -> list[Any]:
    """All values in a JSON value that hold no other."""
    if isinstance(value, Mapping | list):
        inside = value.values() if isinstance(value, Mapping) else value
        return [leaf for item in inside for leaf in leaves(item)]
    return [value]
