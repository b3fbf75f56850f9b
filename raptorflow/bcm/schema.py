"""The manifest's JSON Schema, put together from the schemas of the answers that it holds."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from raptorflow.bcm.entries import COMPRESSION_ORDER, ENTRIES, Entry
from raptorflow.onboarding.schema import Schema, answers_schema, present

NAME = "raptorflow.bcm/1"
_FORM_ONLY = ("declare_none", "examples", "default")


@cache
def manifest_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a manifest."""
    sections: dict[str, Any] = {}
    for entry in ENTRIES:
        section = sections.setdefault(entry.section, _object())
        node, required = _answer(entry)
        section["properties"][entry.key] = node
        if required:
            section["required"].append(entry.key)
    whole = _object()
    whole["properties"] = {"schema": {"const": NAME}, **sections, "compression": _compression()}
    whole["required"] = ["schema", *sections]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Business Context Manifest", **whole}


def check(manifest: object) -> None:
    """Raises jsonschema.ValidationError unless `manifest` is one."""
    _validator().validate(manifest)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(manifest_schema())


def _object() -> dict[str, Any]:
    return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def _compression() -> dict[str, Any]:
    note = _object()
    note["properties"] = {
        "through": {"enum": list(COMPRESSION_ORDER)},
        "limit": {"type": "integer", "minimum": 1},
        "others": {"type": ["integer", "null"], "minimum": 1},
    }
    note["required"] = list(note["properties"])
    return note


def _answer(entry: Entry) -> tuple[Schema, bool]:
    """The schema of the entry's answer, and whether it must be there."""
    node, required = answers_schema(entry.step), True
    for part in entry.field.split("."):
        required = required and part in node.get("required", ())
        node = present(node["properties"][part])
    return {key: value for key, value in node.items() if key not in _FORM_ONLY}, required
