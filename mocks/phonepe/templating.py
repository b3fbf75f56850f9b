"""Templates and the style sheets beside them, loaded when they are first needed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


def render(template: str, context: dict[str, Any]) -> bytes:
    """A page in UTF-8."""
    return _environment().get_template(template).render(context).encode(errors="replace")


@functools.cache
def asset(name: str) -> bytes:
    """A file beside the templates."""
    return (TEMPLATES / name).read_bytes()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
