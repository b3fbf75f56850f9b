"""A place to try things from: a protected clone and its unprotected twin, and what was already tried there."""

from __future__ import annotations

from collections.abc import Sequence

from isolation.actors.cast import Actor
from isolation.attempts.session import Arena, Outcome

Try = tuple[str, ...]


class Seat:
    """One connection to each clone. Outcomes of controls are kept, so that none is made twice."""

    def __init__(self, arena: Arena, control: Arena, owner: Actor) -> None:
        self.arena, self.control, self.owner = arena, control, owner
        self._controls: dict[tuple[str, Try, str], Outcome] = {}
        self._owners: dict[Try, Outcome] = {}

    def controls(self, actor: Actor | None, tries: Sequence[Try], before: str = "") -> list[Outcome]:
        """The same actions with the protection taken away, each tried once."""
        who = actor.sql if actor else ""
        new = [t for t in dict.fromkeys(tries) if (who, t, before) not in self._controls]
        for tried, outcome in zip(new, self.control.each(actor, new, before=before), strict=True):
            self._controls[who, tried, before] = outcome
        return [self._controls[who, t, before] for t in tries]

    def as_owner(self, tries: Sequence[Try]) -> list[Outcome]:
        """What the owner gets by the same actions, each tried once."""
        new = [t for t in dict.fromkeys(tries) if t not in self._owners]
        self._owners |= zip(new, self.arena.each(self.owner, new), strict=True)
        return [self._owners[t] for t in tries]

    def forget(self) -> None:
        """Drop the outcomes: what comes next tries other things."""
        self._controls.clear()
        self._owners.clear()

    def close(self) -> None:
        """End both connections."""
        self.arena.close()
        self.control.close()
