"""The sheet, the script and the sign: addressed by their content, and kept by browsers for ever."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from raptorflow.problems import Problem
from raptorflow.web.render import STATIC
from raptorflow.web.visit import PageRoute

router = APIRouter(prefix="/static", route_class=PageRoute, include_in_schema=False)
_NAMES = frozenset(path.name for path in STATIC.iterdir())
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@router.get("/{name}")
async def file(name: str) -> Response:
    """One static file."""
    if name not in _NAMES:
        raise Problem(404, "NOT_FOUND", "There is nothing at this address.")
    return FileResponse(STATIC / name, headers=_HEADERS)
