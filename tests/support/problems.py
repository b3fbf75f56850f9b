"""What a refusal says."""

from __future__ import annotations

from typing import Any

from drivers.transport import Response


def refused(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer that must refuse with this status and code."""
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    document: dict[str, Any] = answer.json() if problem else {}

    assert (answer.status, document.get("code")) == (status, code), answer.text[:500]
    return document


def bad_fields(answer: Response) -> set[str]:
    """The paths that a 422 names, without the `body.data.` in front."""
    document = refused(answer, 422, "INVALID_INPUT")
    return {entry["field"].removeprefix("body.data").removeprefix(".") for entry in document["errors"]}
