"""Headers that decide something are sent once: two of them, and two readers would decide differently."""

from __future__ import annotations

from fastapi import Request

from raptorflow.problems import FieldError, Problem

SINGLE = (
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "Idempotency-Key",
    "Last-Event-ID",
    "Origin",
    "Referer",
    "X-Request-ID",
    "X-Workspace-ID",
)
"""Who asks, for whom, from where, which wish, and how the body is to be read."""
_NAMES = {name.lower().encode(): name for name in SINGLE}


async def require_single_headers(request: Request) -> None:
    """Raise 400 `REPEATED_HEADER`, with one entry for each of `SINGLE` that was sent twice, the same value included."""
    seen: set[bytes] = set()
    repeated: set[str] = set()
    for name, _ in request.scope["headers"]:
        if name in _NAMES:
            if name in seen:
                repeated.add(_NAMES[name])
            seen.add(name)
    if repeated:
        errors = [
            FieldError(field=f"header.{name}", code="REPEATED", message="was sent more than once")
            for name in sorted(repeated)
        ]
        detail = f"Send {', '.join(sorted(repeated))} once."
        raise Problem(400, "REPEATED_HEADER", detail, errors=errors)
