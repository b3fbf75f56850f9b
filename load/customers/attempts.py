"""What a customer attempts: a trial, claimed by what the customer saw of its end, or a step that is no trial."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.waiting import TooLateError
from load.customers.visit import Visit
from load.trials.claims import Phase


class LeftError(Exception):
    """The customer has left; the message says why."""


class ChangedMindError(LeftError):
    """The customer has left of its own will: what it had begun is no trial."""


@contextmanager
def trial(visit: Visit, metric: str, within_s: float | None = None) -> Iterator[dict[str, Any]]:
    """A trial of `metric` that ends as the body does; what the body leaves in the facts is checked by the judge.

    Raises LeftError when it goes wrong, ChangedMindError when the body does.
    """
    began = time.monotonic()
    claim, facts, first = visit.claims.open(metric), dict[str, Any](), len(visit.request_ids)
    try:
        yield facts
    except ChangedMindError:
        visit.claims.end(claim, "dropped")
        raise
    except (AssertionError, OSError, TooLateError) as error:
        phase: Phase = "late" if isinstance(error, TooLateError | TimeoutError) else "wrong"
        visit.claims.end(claim, phase, str(error), visit.request_ids[first:], **facts)
        raise LeftError(f"{metric} failed") from error
    elapsed_s = time.monotonic() - began
    if within_s is not None and elapsed_s > within_s:
        why = f"took {elapsed_s:.2f} s, {within_s:g} s are allowed"
        visit.claims.end(claim, "late", why, visit.request_ids[first:], **facts)
    else:
        visit.claims.end(claim, "right", None, visit.request_ids[first:], **facts)


@contextmanager
def step() -> Iterator[dict[str, Any]]:
    """What is no trial. Raises LeftError when it goes wrong: the customer leaves."""
    try:
        yield {}
    except (AssertionError, OSError, TooLateError) as error:
        raise LeftError(str(error)) from error


def expect(condition: object, seen: str) -> None:
    """Raise AssertionError, which says what was seen, unless the condition holds."""
    if not condition:
        raise AssertionError(seen)
