"""A step's form on a page: the same sheet for onboarding and for editing the answers afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from raptorflow.onboarding.form import Control, draw
from raptorflow.onboarding.steps import PARTS, STEPS
from raptorflow.problems import Problem


@dataclass(frozen=True, slots=True)
class Shown:
    """How a sheet is shown: the version that it will replace and, when it comes back from a save, why."""

    version: int
    status: int = 200
    message: str = ""
    errors: dict[str, str] | None = None

    @classmethod
    def after(cls, problem: Problem, form: dict[str, str], prefix: str, conflict: str) -> Self | None:
        """What a save's problem means for its sheet; `conflict` is said of one. None when it is no matter of it."""
        if problem.code == "VERSION_CONFLICT":
            return cls(problem.extra["current_version"], 409, conflict)
        if problem.status == 422:
            return cls(version_of(form), 422, errors=sentences(problem, prefix))
        return None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Step `number`, below the address `base`; `done` are the completed steps, `far` the last open one."""

    base: str
    number: int
    done: Collection[int]
    far: int

    def context(self, data: object, shown: Shown) -> dict[str, Any]:
        """What the template step.html needs, with every extra left off."""
        controls = draw(self.number, data, shown.errors)
        wrong = _wrong(controls)
        return {
            "base": self.base,
            "step": STEPS[self.number],
            "parts": self._parts(),
            "done": len(self.done),
            "controls": controls,
            "version": shown.version,
            "message": shown.message or ("Some answers need another look." if wrong else ""),
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
