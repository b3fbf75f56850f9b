"""What a refusal says."""

from __future__ import annotations

from typing import Any

from drivers.transport import Response


def refused(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer that must refuse with this status and code."""
    document: dict[str, Any] = answer.json()

    assert (answer.status, document["code"]) == (status, code), document
    return document


def bad_fields(answer: Response) -> set[str]:
    """The paths that a 422 names, without the `body.data.` in front."""
    document = refused(answer, 422, "INVALID_INPUT")
    return {entry["field"].removeprefix("body.data").removeprefix(".") for entry in document["errors"]}
