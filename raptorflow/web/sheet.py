"""A step's form on a page: the same sheet for onboarding and for editing the answers afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from raptorflow.onboarding.form import Control, draw
from raptorflow.onboarding.steps import PARTS, STEPS
from raptorflow.problems import Problem


@dataclass(frozen=True, slots=True)
class Sheet:
    """Step `number` at `version`, below the address `base`; `done` are the completed steps, `far` the last open one."""

    base: str
    number: int
    version: int
    done: Collection[int]
    far: int

    def context(self, data: object, message: str, errors: dict[str, str] | None) -> dict[str, Any]:
        """What the template step.html needs, with every extra left off."""
        controls = draw(self.number, data, errors)
        wrong = _wrong(controls)
        return {
            "base": self.base,
            "step": STEPS[self.number],
            "parts": self._parts(),
            "done": len(self.done),
            "controls": controls,
            "version": self.version,
            "message": message or ("Some answers need another look." if wrong else ""),
            "wrong": wrong,
            "from_draft": False,
            "ready": False,
            "editing": False,
            "saved": False,
            "may_rebuild": False,
        }

    def _parts(self) -> list[dict[str, Any]]:
        """The steps by part, each with whether it is completed and whether it may be opened."""
        return [
            {
                "title": part,
                "steps": [
                    {"number": n, "title": step.title, "done": n in self.done, "open": n <= self.far}
                    for n, step in STEPS.items()
                    if step.part == part
                ],
            }
            for part in PARTS
        ]


def sentences(problem: Problem, prefix: str) -> dict[str, str]:
    """A sentence for each bad field below `prefix`, by the control's name."""
    entries = [entry for entry in problem.errors or [] if entry.field.startswith(prefix)]
    return {entry.field.removeprefix(prefix).removeprefix("."): f"This {entry.message}." for entry in entries}


def version_of(form: dict[str, str]) -> int:
    """The version that the form was drawn with; 0 for none, or rubbish."""
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _wrong(controls: tuple[Control, ...], within: str = "") -> list[tuple[str, str]]:
    """The label and the id of each control that has an error."""
    found: list[tuple[str, str]] = []
    for control in controls:
        if control.error:
            found.append((within + control.label, _first(control).id))
        found += _wrong(control.children, f"{control.label} → ")
    return found


def _first(control: Control) -> Control:
    """The control that a link to `control` puts the reader into."""
    return _first(control.children[0]) if control.children else control
