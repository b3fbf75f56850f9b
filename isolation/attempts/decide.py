"""Decides cells, and nothing else does: what a probe saw, and what its control did, make a status."""

from __future__ import annotations

from ..model.cell import Cell, Evidence, Status


def decide(evidence: Evidence) -> Cell:
    """Leaked if there is an effect, blocked if the control fired, unproven otherwise.

    A tenant's way to its own rows is locked out if there is an effect, and reached if the control fired.
    """
    if evidence.effect:
        status = Status.LOCKED_OUT if evidence.own else Status.LEAKED
    elif evidence.control.fired:
        status = Status.REACHED if evidence.own else Status.BLOCKED
    else:
        status = Status.UNPROVEN
    why = evidence.control.why if status is Status.UNPROVEN else ""
    return Cell(evidence.key, evidence.actor.kind, evidence.operation.deed, status, why)
