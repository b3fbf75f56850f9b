"""Templates, assets, and the headers that every page carries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from raptorflow.bcm.entries import ENTRIES
from raptorflow.bcm.words import rupees, title

HERE = Path(__file__).parent
STATIC = HERE / "static"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """The template, filled in, as a page that no cache keeps and no other site can frame."""
    text = _environment().get_template(template).render(**{**_DEFAULTS, **context})
    return HTMLResponse(text, status, headers=HEADERS)


_DEFAULTS: Mapping[str, Any] = {"visitor": None, "signed_out": False, "message": "", "path": ""}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"rupees": rupees, "day": _day, "title_of": title}
    environment.globals |= {"asset": _asset, "sections": _sections()}
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that a browser may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _sections() -> dict[str, list[str]]:
    """The manifest's keys by section, in reading order."""
    sections: dict[str, list[str]] = {}
    for entry in ENTRIES:
        sections.setdefault(entry.section, []).append(entry.key)
    return sections
