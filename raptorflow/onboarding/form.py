"""A step as an HTML form: what to draw (`draw`), and what a posted form means (`decode`).

Both walk the JSON Schema of the step's answers. Convention (docs/pages.md): a list is a text area with one entry per
line; a group is a fieldset; a repeated group is a row of numbered fieldsets of which empty ones are ignored; a yes is a
checkbox. A control is named by its path: `competitors.0.name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from raptorflow.onboarding.answers import LINE_LIMIT
from raptorflow.onboarding.schema import Schema, answers_schema, present

Widget = Literal["line", "text", "lines", "check", "integer", "number", "group", "groups"]
GROUPS_SHOWN = 3
_PLAIN: dict[str, Widget] = {"integer": "integer", "number": "number", "boolean": "check", "object": "group"}


@dataclass(frozen=True, slots=True)
class Control:
    """One control, or a fieldset with controls inside: its `children`.

    `limit` counts characters (of a line, where there are several), `entries` the most lines or groups.
    """

    name: str
    widget: Widget
    label: str
    hint: str
    required: bool
    value: Any
    error: str
    limit: int | None = None
    entries: int | None = None
    suggestions: tuple[str, ...] = ()
    declare_none: str = ""
    declared_none: bool = False
    children: tuple[Control, ...] = ()

    @property
    def id(self) -> str:
        """The control's id in the page."""
        return self.name.replace(".", "-")

    @property
    def shown(self) -> tuple[Control, ...]:
        """The numbered groups in view: the first three, and any that are filled in or wrong."""
        return tuple(c for n, c in enumerate(self.children) if n < GROUPS_SHOWN or c.value or c.error)

    @property
    def folded(self) -> tuple[Control, ...]:
        """The numbered groups that wait behind a disclosure."""
        return tuple(c for c in self.children if c not in self.shown)


def draw(number: int, data: object = None, errors: Mapping[str, str] | None = None) -> tuple[Control, ...]:
    """The controls of step `number`, filled with `data` (of whatever shape: it may be a draft).

    `errors` maps the path of a field to the sentence that goes with it.
    """
    return _children("", answers_schema(number), data, errors or {})


def decode(number: int, form: Mapping[str, str]) -> dict[str, Any]:
    """The answers that a posted form gives, unvalidated; what was left empty is left out."""
    return _decode_group("", answers_schema(number), form)


def _children(prefix: str, schema: Schema, data: object, errors: Mapping[str, str]) -> tuple[Control, ...]:
    values = data if isinstance(data, Mapping) else {}
    return tuple(
        _control(prefix + key, present(node), values.get(key), key in schema.get("required", ()), errors)
        for key, node in schema["properties"].items()
    )


def _widget(node: Schema) -> Widget:
    if node["type"] == "array":
        return "groups" if node["items"].get("type") == "object" else "lines"
    if node["type"] == "string":
        return "text" if node["maxLength"] > LINE_LIMIT else "line"
    return _PLAIN[node["type"]]


def _control(name: str, node: Schema, value: object, required: bool, errors: Mapping[str, str]) -> Control:
    widget = _widget(node)
    return Control(
        name=name,
        widget=widget,
        label=node["title"],
        hint=node.get("description", ""),
        required=required,
        value=_shown(widget, value),
        error=_error(name, widget, errors),
        limit=node.get("items", node).get("maxLength"),
        entries=node.get("maxItems"),
        suggestions=tuple(node.get("examples", ())),
        declare_none=node.get("declare_none", ""),
        declared_none=value == [],
        children=_inside(name, widget, node, value, errors),
    )


def _inside(name: str, widget: Widget, node: Schema, value: object, errors: Mapping[str, str]) -> tuple[Control, ...]:
    if widget == "group":
        return _children(f"{name}.", node, value, errors)
    if widget == "groups":
        given = value if isinstance(value, list) else []
        slots = [given[n] if n < len(given) else None for n in range(node["maxItems"])]
        return tuple(
            _control(
                f"{name}.{n}",
                {**node["items"], "title": f"{node['title']} {n + 1}", "description": ""},
                slot,
                n == 0,
                errors,
            )
            for n, slot in enumerate(slots)
        )
    return ()


def _shown(widget: Widget, value: object) -> object:
    """What the control displays for a value of whatever type."""
    if widget == "check":
        return value is True
    if widget == "lines":
        return "\n".join(str(item) for item in value) if isinstance(value, list) else ""
    if widget in ("group", "groups"):
        return value
    return "" if value is None else str(value)


def _error(name: str, widget: Widget, errors: Mapping[str, str]) -> str:
    """The sentence for this control; a bad line of a list is the list's, and says which."""
    if name in errors or widget != "lines":
        return errors.get(name, "")
    lines = ((path.removeprefix(f"{name}."), text) for path, text in errors.items() if path.startswith(f"{name}."))
    return " ".join(f"Line {int(line) + 1} {text.removeprefix('This ')}" for line, text in lines)


def _decode_group(prefix: str, schema: Schema, form: Mapping[str, str]) -> dict[str, Any]:
    decoded = {key: _decode(prefix + key, present(node), form) for key, node in schema["properties"].items()}
    return {key: value for key, value in decoded.items() if value is not None}


def _decode(name: str, node: Schema, form: Mapping[str, str]) -> Any:
    """The value at `name`, or None when nothing was entered."""
    widget = _widget(node)
    typed = form.get(name, "").replace("\r\n", "\n").strip()
    if widget == "group":
        return _decode_group(f"{name}.", node, form)
    if widget == "groups":
        given = (_decode_group(f"{name}.{n}.", node["items"], form) for n in range(node["maxItems"]))
        return [group for group in given if group] or None
    if widget == "lines":
        lines = [line.strip() for line in typed.split("\n") if line.strip()]
        return lines or ([] if f"{name}.none" in form else None)
    if widget == "check":
        return name in form
    return _number(widget, typed) if widget in ("integer", "number") else typed or None


def _number(widget: Widget, typed: str) -> int | float | str | None:
    """The number that was meant, or the text as it was typed, for the validation to refuse."""
    plain = typed.replace(",", "").replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"[-+]?[0-9]{1,18}", plain):
        return int(plain)
    if widget == "number" and re.fullmatch(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", plain):
        return float(plain)
    return typed or None
