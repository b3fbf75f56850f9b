"""The JSON Schema of each step's answers, from which the forms, the manifest's schema and the documents are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from raptorflow.onboarding.steps import STEPS

Schema = Mapping[str, Any]


@cache
def answers_schema(number: int) -> Schema:
    """The JSON Schema (2020-12) of step `number`, every reference put in place."""
    whole = STEPS[number].answers.model_json_schema()
    definitions = whole.get("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = definitions[node["$ref"].rsplit("/", 1)[1]]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return {key: inline(value) for key, value in node.items() if key != "$defs"}

    result: Schema = inline(whole)
    return result


def every_step() -> dict[int, Schema]:
    """The JSON Schema of each step's answers, entitled by number and name."""
    return {
        number: {**answers_schema(number), "title": f"Step {number}: {step.title}"} for number, step in STEPS.items()
    }


def present(node: Schema) -> Schema:
    """The schema that the value of a field has where it is given: an optional one without its null."""
    options: list[Schema] = node.get("anyOf", [])
    chosen = next((option for option in options if option.get("type") != "null"), {})
    return {**{key: value for key, value in node.items() if key != "anyOf"}, **chosen}
