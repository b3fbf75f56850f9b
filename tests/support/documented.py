"""What docs/onboarding.md and docs/bcm.md promise of each answer: its limits, and its place in the manifest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

DOCS = Path(__file__).resolve().parents[2] / "docs"
Kind = Literal["line", "text", "list", "groups", "check", "integer", "number"]
Data = dict[str, Any]
_KINDS: dict[str, Kind] = {
    "line": "line",
    "text": "text",
    "list, one per line": "list",
    "list of groups": "groups",
    "checkbox": "check",
    "whole number": "integer",
    "number": "number",
}
_ROW = re.compile(
    r"^\| (?P<label>[^|]+) \| `(?P<path>[^`:]+)` \| (?P<kind>[^|]+) \| (?P<limits>[^|]*) \| (?P<must>yes|no) \|$"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One answer of a step; `path` has `[]` where a group repeats. `least` and `most` count its characters or say its
    range, `fewest` and `entries` the lines or groups of a list.
    """

    step: int
    path: str
    kind: Kind
    required: bool
    least: int = 0
    most: int = 0
    fewest: int = 0
    entries: int = 0

    @property
    def name(self) -> str:
        """The path as an error names it, of the first group where there are several."""
        return self.path.replace("[]", ".0")

    def longest(self, letter: str) -> Any:
        """The largest value that is promised to be taken."""
        values: dict[Kind, Callable[[], Any]] = {
            "line": lambda: letter * self.most,
            "text": lambda: letter * self.most,
            "list": lambda: [letter * self.most] * self.entries,
            "check": lambda: True,
            "integer": lambda: self.most,
            "number": lambda: self.most,
        }
        return values[self.kind]()

    def shortest(self) -> Any:
        """The smallest value that is promised to be taken."""
        values: dict[Kind, Any] = {
            "line": "x",
            "text": "x",
            "list": ["x"] * self.fewest,
            "check": True,
            "integer": self.least,
            "number": self.least,
        }
        return values[self.kind]

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Values that are one too much or too little, and how the error names them."""
        if self.kind in ("line", "text"):
            yield "x" * (self.most + 1), self.name
            if self.required:
                yield from (("", self.name), ("   ", self.name))
        elif self.kind == "list":
            yield ["x"] * (self.entries + 1), self.name
            yield ["x", "x" * (self.most + 1)], f"{self.name}.1"
            yield [""], f"{self.name}.0"
            if self.fewest:
                yield [], self.name
        elif self.kind == "check":
            yield from ((value, self.name) for value in (False, 1, "true", None))
        elif self.kind == "integer":
            yield from ((value, self.name) for value in (self.most + 1, self.least - 1, 1.5, "1", True))
        elif self.kind == "number":
            yield from ((value, self.name) for value in (self.most + 0.001, self.least - 0.001, "1", True))


@cache
def fields() -> tuple[Field, ...]:
    """Every answer of every step, in the order of docs/onboarding.md."""
    parts = re.split(r"^### (\d+)\. .*$", (DOCS / "onboarding.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return tuple(
        _field(int(number), row)
        for number, section in zip(parts[::2], parts[1::2], strict=True)
        for line in section.splitlines()
        if (row := _ROW.match(line)) and row["label"] != "label on the page"
    )


def _field(step: int, row: re.Match[str]) -> Field:
    numbers = [int(each.replace("−", "-")) for each in re.findall(r"−?\d+", row["limits"])]
    kind, path, required = _KINDS[row["kind"].strip()], row["path"], row["must"] == "yes"
    if kind == "list":
        fewest, entries, least, most = numbers
        return Field(step, path, kind, required, least, most, fewest, entries)
    if kind == "groups":
        return Field(step, path, kind, required, fewest=numbers[0], entries=numbers[1])
    return Field(step, path, kind, required, *numbers)


def of_step(step: int) -> list[Field]:
    """The answers of one step."""
    return [each for each in fields() if each.step == step]


def built(step: int, value: Callable[[Field], Any], *, groups: int = 0) -> Data:
    """A step's answers, each as `value` says (None leaves it out); repeated groups as often as may be, or `groups`."""
    data: Data = {}
    for each in of_step(step):
        if each.kind == "groups":
            data[each.path] = [{} for _ in range(groups or each.entries)]
        elif (given := value(each)) is not None:
            put(data, each.path, given)
    return data


def put(data: Data, path: str, value: Any) -> Data:
    """Put a value where the path says, in every repeated group; returns the data."""
    head, _, rest = path.partition(".")
    if head.endswith("[]"):
        for group in data[head[:-2]]:
            put(group, rest, deepcopy(value))
    elif rest:
        put(data.setdefault(head, {}), rest, value)
    else:
        data[head] = value
    return data


def whole(step: int, letter: str = "x") -> Data:
    """Every answer of a step at its limit."""
    return built(step, lambda each: each.longest(letter))


def least(step: int) -> Data:
    """The required answers of a step, as short as may be."""
    return built(step, lambda each: each.shortest() if each.required else None, groups=1)


def as_form(data: Data, within: str = "") -> dict[str, str]:
    """The answers as the step's page posts them."""
    form: dict[str, str] = {}
    for name, value in data.items():
        path = f"{within}{name}"
        if isinstance(value, dict):
            form |= as_form(value, f"{path}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, group in enumerate(value):
                form |= as_form(group, f"{path}.{number}.")
        elif isinstance(value, list):
            form |= {path: "\r\n".join(map(str, value))} if value else {f"{path}.none": "on"}
        elif isinstance(value, bool):
            form |= {path: "on"} if value else {}
        else:
            form[path] = str(value)
    return form


@cache
def places() -> tuple[tuple[str, int, str], ...]:
    """Where each answer stands in the manifest: `section.key`, the step, and its path there."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| (\d+) \| `([a-z_.]+)` \|$", (DOCS / "bcm.md").read_text(), re.MULTILINE)
    return tuple((place, int(step), path) for place, step, path in rows)


def found(data: Any, path: str) -> Any:
    """What stands at a path of groups; None where it leads nowhere."""
    for part in path.split("."):
        if not isinstance(data, dict) or part not in data:
            return None
        data = data[part]
    return data
