"""A manifest as a page of Markdown, for people and for prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from raptorflow.bcm.entries import ENTRIES
from raptorflow.bcm.words import rupees, title

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#&~])")
_LIST_START = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)", re.MULTILINE)


def render(manifest: Mapping[str, Any], version: int, checksum: str) -> str:
    """The manifest in Markdown: a heading for each section, a line for each answer."""
    return "\n".join(_lines(manifest, version, checksum)) + "\n"


def _lines(manifest: Mapping[str, Any], version: int, checksum: str) -> Iterator[str]:
    yield f"# {_escape(manifest['company']['name'])}: Business Context Manifest"
    yield f"\nVersion {version}, checksum `{checksum}`."
    if note := manifest.get("compression"):
        yield f"\nShortened to fit: texts up to {note['through']} to {note['limit']} bytes."
    section = ""
    for entry in ENTRIES:
        if entry.key not in manifest[entry.section]:
            continue
        if entry.section != section:
            section = entry.section
            yield f"\n## {title(section)}\n"
        yield from _entry(title(entry.key), manifest[section][entry.key])


def _entry(label: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield f"- **{label}**" + ("" if value else ": none")
        for item in value:
            yield f"  - {_inline(item)}"
    else:
        yield f"- **{label}**: {_inline(value)}"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{title(key)}: {_money(key, item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_inline(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _escape(str(value)).replace("\n", "  \n  ")


def _money(key: str, value: Any) -> str:
    return rupees(value) if key in ("tam", "sam", "som") else _inline(value)


def _escape(text: str) -> str:
    """The text as Markdown that shows just that text."""
    return _LIST_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))
