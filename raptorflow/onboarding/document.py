"""Prints the tables of docs/onboarding.md, drawn from the steps: `python -m raptorflow.onboarding.document`.

With `--write FILE`, puts them below the line `<!-- steps -->` of FILE; with `--check FILE`, exits 1 if they differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from raptorflow.onboarding.form import Control, draw
from raptorflow.onboarding.steps import STEPS

MARK = "<!-- steps -->\n"
_HEADER = "| label on the page | field | kind | limits | required |\n| --- | --- | --- | --- | --- |"


def _kind(control: Control) -> tuple[str, str]:
    """The kind of input and its limits, in words."""
    match control.widget:
        case "line" | "text":
            return control.widget, f"1–{control.limit} characters"
        case "lines":
            least = 1 if control.required and not control.declare_none else 0
            return "list, one per line", f"{least}–{control.entries} lines of 1–{control.limit} characters"
        case "check":
            return "checkbox", "must be ticked"
        case "integer":
            return "whole number", "0–9007199254740991"
        case "number":
            return "number", "−10–10"
    return "", ""


def _rows(controls: tuple[Control, ...], within: str = "") -> Iterator[str]:
    for control in controls:
        if control.widget == "group":
            yield from _rows(control.children, f"{control.label} → ")
        elif control.widget == "groups":
            span = f"{control.label} 1” … “{control.label} {control.entries}"
            yield f"| fieldsets “{span}” | `{control.name}` | list of groups | 1–{control.entries} groups | yes |"
            yield from _rows(control.children[0].children, f"{control.label} n → ")
        else:
            kind, limits = _kind(control)
            name = control.name.replace(".0.", "[].")
            yield f"| {within}{control.label} | `{name}` | {kind} | {limits} | {'yes' if control.required else 'no'} |"
            if control.declare_none:
                yield f"| {control.declare_none} | `{name}: []` | checkbox | when the list is empty | |"


def tables() -> str:
    """The twenty-three tables, in Markdown."""
    blocks = (
        f"### {step.number}. {step.title}\n\n{_HEADER}\n" + "\n".join(_rows(draw(step.number)))
        for step in STEPS.values()
    )
    return "\n\n".join(blocks) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Print, write or check the tables; 0 good, 1 out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--check", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    target: Path | None = options.write or options.check
    if target is None:
        sys.stdout.write(tables())
        return 0
    text = target.read_text()
    wanted = text.partition(MARK)[0] + MARK + tables()
    if options.write:
        target.write_text(wanted)
        return 0
    if text != wanted:
        sys.stderr.write(f"{target} is out of date: run python -m raptorflow.onboarding.document --write {target}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
