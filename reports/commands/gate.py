"""Judges a run's directory again, from what it recorded alone: the run may be an archive of another machine."""

from __future__ import annotations

from dataclasses import dataclass

from core.exits import NO_EVIDENCE
from evidence import BrokenEvidenceError, Run
from reports.judging import scorecard
from reports.views import words

RECORDED = "scorecard.json"


@dataclass(frozen=True, slots=True)
class Gate:
    """The outcome: the reasons against passing, and the exit code."""

    verdict: str
    reasons: list[str]
    exit_code: int
    judged: tuple[str, ...] = ()
    """What was judged beside the commit, where that is not all."""


def judge(run: Run, commit: str | None = None) -> Gate:
    """Return the gate's outcome; with `commit`, evidence of any other commit is stale and proves nothing."""
    card = scorecard.draw(run)
    doubts = [*_stale(card, commit), *_another(card, commit), *_edited(card, run)]
    judged = tuple(words.code(card))
    if doubts:
        return Gate("no-go", [*doubts, *card["reasons"]], NO_EVIDENCE, judged)
    return Gate(card["verdict"], card["reasons"], card["exit_code"], judged)


def _stale(card: scorecard.Scorecard, commit: str | None) -> list[str]:
    if commit is None or card["commit"] == commit:
        return []
    return [f"the evidence is of commit {card['commit']}, and {commit} was to be judged"]


def _another(card: scorecard.Scorecard, commit: str | None) -> list[str]:
    other = card["code"] and card["code"]["application"]
    if commit is None or not other:
        return []
    return [f"the application that was judged lies in {other['folder']}, and is not that of {commit}"]


def _edited(card: scorecard.Scorecard, run: Run) -> list[str]:
    if not (run.directory / RECORDED).exists():
        return []
    try:
        recorded = run.document(RECORDED)
    except BrokenEvidenceError as error:
        return [str(error)]
    differing = sorted(key for key in card.keys() | recorded.keys() if card.get(key) != recorded.get(key))
    return [f"{RECORDED} says of {key} what the evidence does not" for key in differing]
