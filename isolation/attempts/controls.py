"""A protected session and its unprotected twin; what was already tried there is kept, so that none is made twice."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.actors import Actor
from ..model.outcome import Outcome
from .session import Session

Try = tuple[str, ...]


class ControlPair:
    """One session at each clone."""

    def __init__(self, session: Session, unprotected: Session, owner: Actor) -> None:
        self.session, self.unprotected, self.owner = session, unprotected, owner
        self._controls: dict[tuple[str, Try, str, bool], Outcome] = {}
        self._owners: dict[Try, Outcome] = {}

    def controls(self, actor: Actor | None, tries: Sequence[Try], before: str = "", look: bool = True) -> list[Outcome]:
        """The same actions with the protection taken away, each tried once."""
        who = actor.sql if actor else ""
        new = [t for t in dict.fromkeys(tries) if (who, t, before, look) not in self._controls]
        outcomes = self.unprotected.each(actor, new, before=before, look=look)
        for tried, outcome in zip(new, outcomes, strict=True):
            self._controls[who, tried, before, look] = outcome
        return [self._controls[who, t, before, look] for t in tries]

    def as_owner(self, tries: Sequence[Try]) -> list[Outcome]:
        """What the owner gets by the same actions, each tried once."""
        new = [t for t in dict.fromkeys(tries) if t not in self._owners]
        self._owners |= zip(new, self.session.each(self.owner, new), strict=True)
        return [self._owners[t] for t in tries]

    def forget(self) -> None:
        """Drop the outcomes: what comes next tries other things."""
        self._controls.clear()
        self._owners.clear()

    def close(self) -> None:
        """End both sessions."""
        self.session.close()
        self.unprotected.close()
