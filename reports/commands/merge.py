"""Joins the runs of several machines, each with a part of the tests or of the load, to one that can be judged."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.files import replace
from evidence import Broken, BrokenEvidenceError, Run, manifest
from reports.catalogue.parts import PARTS
from reports.commands.verify import PLAN

SAME = ("commit", "target", "seed")
ALONE = ("isolation.json", "isolation.html", "load.json", "reconciliation.json")
"""What only one of the parts can have made: two of them would be two answers to one question."""
FOLDERS = ("failures", "traces", "logs", "playwright")
RESULTS = "allure-results"


class UnmergeableError(ValueError):
    """Runs that are no parts of one whole; the message says in what they differ, and what to do."""


def merge(parts: Sequence[Run], root: Path) -> Run:
    """Return a new run below `root` that holds whatever the parts recorded; the parts stay as they are.

    Raises UnmergeableError when they are not of one commit, target and seed, or hold what there can be only one of;
    BrokenEvidenceError when one has no readable `run.json`, or a `verify.json` that cannot be read.
    """
    known = [part.document("run.json") for part in parts]
    _check(parts, known)
    plan = _plan(parts)
    begun = min(str(each["started_at"]) for each in known)
    seed, target = int(known[0]["seed"]), str(known[0]["target"])
    whole = Run.create(root, seed=seed, target=target, commit=known[0]["commit"] or "unknown", argv=["merge"])
    told = {
        "commit": known[0]["commit"],
        "code": _code(known),
        "started_at": begun,
        "parts": [each["run_id"] for each in known],
    }
    whole.write("run.json", {**whole.document("run.json"), **told, **_asked(known), "lost": list(_lost(parts, known))})
    if plan:
        whole.write(PLAN, plan)
    for number, part in enumerate(parts, start=1):
        _take(part, whole, f"part{number}")
    manifest.seal(whole)
    return whole


def _asked(known: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Ask a merged run for everything: whatever no machine was asked for, or could try, is missing."""
    left_out: dict[str, str] = {}
    for each in known:
        left_out |= each.get("left_out", {})
    tried = {name for each in known for name in each.get("asked", ()) if name not in each.get("left_out", {})}
    return {"asked": PARTS, "left_out": {name: why for name, why in left_out.items() if name not in tried}}


def _code(known: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the code that all ran; what a variable said on some machines only, or otherwise, names their runs."""
    if known[0].get("code") is None:
        return None
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for each in known:
        for name, value in (each.get("code") or {}).get("environment", {}).items():
            said[name][str(each["run_id"])] = str(value)
    return {**known[0]["code"], "environment": {name: _value(said[name], len(known)) for name in sorted(said)}}


def _value(by_run: dict[str, str], runs: int) -> str:
    values = list(by_run.values())
    if len(values) == runs and len(set(values)) == 1:
        return values[0]
    return ", ".join(f"{value} in {run_id}" for run_id, value in by_run.items())


def _plan(parts: Sequence[Run]) -> dict[str, Any] | None:
    """Return what the machines were to try, and where one was stopped before it was done; None where none tells."""
    planned: list[str] = []
    stopped: list[str] = []
    telling = [part for part in parts if (part.directory / PLAN).exists()]
    for part in telling:
        plan, name = part.document(PLAN), part.directory.name
        if not isinstance(plan.get("parts"), list):
            raise BrokenEvidenceError(Broken(part.directory / PLAN, 0, "parts: should be a list"))
        if plan.get("stopped"):
            stopped.append(f"{plan['stopped']} ({name})")
        done = {step.get("step") for step in part.read("steps").records}
        left = [str(each) for each in plan["parts"] if each not in done]
        stopped += [f"{each} was to run, and did not come to its end ({name})" for each in left]
        planned += [str(each) for each in plan["parts"] if each not in planned]
    return {"parts": planned, "stopped": "; ".join(stopped) or None} if telling else None


def _lost(parts: Sequence[Run], known: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Say what of a part is no longer as its machine left it, or was lost before it was joined itself."""
    for part, told in zip(parts, known, strict=True):
        yield from (f"{part.directory.name}: {lost}" for lost in told.get("lost", ()))
        yield from (f"{part.directory.name}: {lost}" for lost in manifest.differences(part))


def _check(parts: Sequence[Run], known: Sequence[dict[str, Any]]) -> None:
    for name in SAME:
        said = {str(each.get(name)): part.directory.name for each, part in zip(known, parts, strict=True)}
        if len(said) > 1:
            differing = ", ".join(f"{value} in {where}" for value, where in said.items())
            raise UnmergeableError(f"the runs differ in their {name}: {differing}; join runs of one {name} only")
    digests = [str((each.get("code") or {}).get("digest")) for each in known]
    if len(set(digests)) > 1:
        which = ", ".join(f"{each} in {part.directory.name}" for each, part in zip(digests, parts, strict=True))
        raise UnmergeableError(f"the runs differ in their files: {which}; join runs of the same files only")
    if len({each["run_id"] for each in known}) < len(known):
        raise UnmergeableError("one run is named twice; name each once")
    holders: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        for name in ALONE:
            if (part.directory / name).exists():
                holders[name].append(part.directory.name)
    for name, where in holders.items():
        if len(where) > 1:
            raise UnmergeableError(f"{name} is in {' and in '.join(where)}; leave out all of these but one")


def _take(part: Run, whole: Run, label: str) -> None:
    """Copy a part's records under names of its own, so that none replaces another's."""
    for file in sorted(part.directory.glob("*/*.jsonl")):
        replace(whole.directory / file.parent.name / f"{label}-{file.name}", file.read_bytes())
    for name in ALONE:
        if (part.directory / name).exists():
            shutil.copyfile(part.directory / name, whole.directory / name)
    for name in FOLDERS:
        if (part.directory / name).is_dir():
            shutil.copytree(part.directory / name, whole.directory / name / label)
    if (part.directory / RESULTS).is_dir():
        shutil.copytree(part.directory / RESULTS, whole.directory / RESULTS, dirs_exist_ok=True)
