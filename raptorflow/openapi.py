"""The OpenAPI document: what FastAPI draws from the routes, with problem documents in place of its own errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from raptorflow.problems import ProblemDocument, documented

_REF = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Make `app.openapi()`, and so `/openapi.json`, the whole document; drawn once."""

    def draw() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _drawn(app)
        return app.openapi_schema

    app.openapi = draw  # type: ignore[method-assign]


def _require(parameters: Iterable[dict[str, Any]]) -> None:
    """A parameter whose absence a route answers by a problem of its own says `x-required` in its schema."""
    for parameter in parameters:
        if parameter["schema"].pop("x-required", False):
            parameter["required"] = True


def _drawn(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemDocument.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {})
    schemas["ProblemDocument"] = problem
    for operations in document["paths"].values():
        for operation in operations.values():
            _require(operation.get("parameters", ()))
            if "security" in operation:
                operation["responses"] |= documented(401, 403)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
