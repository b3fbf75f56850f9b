"""Templates and the style sheets beside them, loaded when they are first needed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_ROOT = Path(__file__).parent.parent
TEMPLATES = tuple(_ROOT / room / "templates" for room in ("page", "admin"))
"""Where each room keeps its templates and the files beside them; the names are unlike each other."""


def render(template: str, context: dict[str, Any]) -> bytes:
    """A page in UTF-8."""
    return _environment().get_template(template).render(context).encode(errors="replace")


@functools.cache
def asset(name: str) -> bytes:
    """A file beside the templates."""
    return next(path for folder in TEMPLATES if (path := folder / name).exists()).read_bytes()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
