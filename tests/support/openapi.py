"""The published description of the API, as tests walk it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from drivers.transport import Request, Transport

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: its parameters by place and name, the JSON Schema of its body, and what it may answer."""

    method: str
    template: str
    parameters: dict[tuple[str, str], Schema]
    body: Schema | None
    body_required: bool
    secured: bool
    statuses: frozenset[int]

    @property
    def name(self) -> str:
        """As `POST /api/v1/payments`."""
        return f"{self.method} {self.template}"

    def path(self, parts: dict[str, object]) -> str:
        """The path with its parts filled in, each as one segment."""
        return self.template.format_map({key: quote(str(value), safe="%") for key, value in parts.items()})

    def parts(self) -> list[str]:
        """The names of the path's variable parts."""
        return [name for place, name in self.parameters if place == "path"]


def operations(transport: Transport, base_url: str) -> list[Operation]:
    """Every operation that `/openapi.json` publishes."""
    document = transport.send(Request("GET", f"{base_url}/openapi.json")).json()
    return list(_operations(document))


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for template, methods in document["paths"].items():
        for method, each in methods.items():
            body = each.get("requestBody", {})
            schema = body.get("content", {}).get("application/json", {}).get("schema")
            yield Operation(
                method=method.upper(),
                template=template,
                parameters={(one["in"], one["name"].lower()): one["schema"] for one in each.get("parameters", ())},
                body=schema and {**schema, "components": document["components"]},
                body_required=body.get("required", False),
                secured="security" in each,
                statuses=frozenset(map(int, each["responses"])),
            )


def properties(operation: Operation) -> Schema:
    """The top-level properties of an operation's body."""
    assert operation.body is not None
    for option in operation.body.get("anyOf", (operation.body,)):
        node = option
        if "$ref" in node:
            node = operation.body["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
        if "properties" in node:
            found: Schema = node["properties"]
            return found
    return {}
