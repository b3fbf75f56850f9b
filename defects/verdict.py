"""What a session's evidence says about a defect: noticed, not noticed, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from defects.defect import Defect
from evidence import Run

Outcome = Literal["detected", "survived", "broke"]
_OF_THE_STACK = ("stack.errors.", "ServiceFailedError", "UnavailableError:")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`by` is the test that noticed; `why` its words, or what broke."""

    outcome: Outcome
    by: str = ""
    why: str = ""


def judge(defect: Defect, run: Run, code: int | None) -> Verdict:
    """Return the verdict about a defect. Only a test that names its requirement, ran, and failed has noticed it."""
    if code is None:
        return Verdict("broke", why="its tests did not end in time")
    tests = run.records("tests")
    for test in tests:
        if test["outcome"] == "failed" and defect.requirement in test["requirements"] and not _of_the_stack(test):
            return Verdict("detected", str(test["nodeid"]), _line(test))
    for test in tests:
        if test["outcome"] in ("failed", "error"):
            return Verdict("broke", str(test["nodeid"]), f"something else than a promise broke: {_line(test)}")
    if code == 0 and any(test["outcome"] == "passed" for test in tests):
        return Verdict("survived", why=f"{len(tests)} tests of {', '.join(defect.asked)} were asked, and all passed")
    return Verdict("broke", why=f"pytest ended with {code}; {_ran(tests)}")


def _of_the_stack(test: dict[str, Any]) -> bool:
    return any(word in str(test.get("why", "")) for word in _OF_THE_STACK)


def _line(test: dict[str, Any]) -> str:
    return " ".join(str(test.get("why", "")).split())[:300]


def _ran(tests: Sequence[dict[str, Any]]) -> str:
    return f"{len(tests)} tests ran" if tests else "no test was asked: does one name the requirement?"
