"""What probes are given: everything that the attacks share, at sessions of this process's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from ..actors.factory import ActorFactory
from ..actors.forgeries import Forgeries
from ..attempts.controls import ControlPair, Try
from ..attempts.requests import PooledConnection
from ..config.model import Config
from ..model.actors import Actor, ActorKind, User
from ..model.catalog import Catalog, Relation
from ..model.outcome import Outcome
from ..model.sql import Values
from ..planting.dataset import Dataset
from ..planting.planter import Planter
from ..probes.shared.arguments import Arguments
from .progress import Progress
from .turns import Turns

T = TypeVar("T")
_GRANTS = re.compile(
    r"\bgrant\b|(?:^|[;'$]|\b(?:begin|then|else|loop))\s*(?:set|alter)\s+(?:local\s+|session\s+)?role\b"
    r"|set_config\(\s*'role'",
    re.I,
)


@dataclass
class ProofContext:
    """The context of a proof, by a protected session and its unprotected twin."""

    catalog: Catalog
    config: Config
    planter: Planter
    world: Dataset
    factory: ActorFactory
    pair: ControlPair
    turns: Turns = field(default_factory=Turns)
    progress: Progress = field(default_factory=Progress)
    spoilt: str = ""
    alters: bool = True

    @cached_property
    def everybody(self) -> list[Actor]:
        """Everybody who must not reach what is A's."""
        return [*self.factory.attackers(), *Forgeries(self.factory).all()]

    def attackers(self, *kinds: ActorKind) -> list[Actor]:
        """Everybody who must not reach what is A's; of these kinds in the usual role, where any are named."""
        return [a for a in self.everybody if not kinds or (a.kind in kinds and a.standard)]

    @cached_property
    def grants(self) -> bool:
        """Whether something in the database hands out grants or roles while it runs."""
        return bool(_GRANTS.search("\n".join([self.catalog.texts, *self.catalog.trigger_sources.values()])))

    @cached_property
    def arguments(self) -> Arguments:
        """Values for the arguments of routines."""
        return Arguments(self.world)

    def owner(self) -> Actor:
        """Tenant A in the application's role."""
        return self.pair.owner

    def user(self, user: User, name: str = "", kind: ActorKind = ActorKind.NEIGHBOUR) -> Actor:
        """A user in the application's role."""
        return self.factory.user(user, name=name, kind=kind)

    def share(self, items: Sequence[T], stage: str = "") -> Iterator[T]:
        """Those of the items that are this process's to try; what was kept of one is dropped before the next."""
        for number, item in self.turns.of(list(enumerate(items))):
            if stage:
                self.progress.at(stage, number, len(items))
            yield item
            self.pair.forget()

    def compose(self, relation: Relation, user: User, chosen: Mapping[str, str | None] | None = None) -> Values:
        """A further row of this user's that would fit."""
        return self.planter.compose(relation, user, dict(chosen or {}))

    def standing(self, relation: Relation, active: bool) -> Values:
        """State values that make a membership count, or not count."""
        return self.planter.standing(relation, active) or {}

    def attempts(
        self, actor: Actor | None, tries: Sequence[Try], *, before: str = "", first: Try = (), look: bool = True
    ) -> list[Outcome]:
        """What comes of each of these as this actor; None is the superuser."""
        return self.pair.session.each(actor, tries, before=before, first=first, look=look)

    def attempt(self, actor: Actor | None, tried: Try, *, before: str = "", look: bool = True) -> Outcome:
        """What comes of this."""
        return self.attempts(actor, [tried], before=before, look=look)[0]

    def controls(
        self, actor: Actor | None, tries: Sequence[Try], *, before: str = "", look: bool = True
    ) -> list[Outcome]:
        """The same with every protection taken away."""
        return self.pair.controls(actor, tries, before, look)

    def control(self, actor: Actor | None, tried: Try, *, before: str = "", look: bool = True) -> Outcome:
        """The same with every protection taken away."""
        return self.controls(actor, [tried], before=before, look=look)[0]

    def as_owner(self, tries: Sequence[Try]) -> list[Outcome]:
        """The same as tenant A."""
        return self.pair.as_owner(tries)

    def requests(self) -> PooledConnection:
        """A connection of its own that is handed on."""
        return PooledConnection(self.pair.session.dsn)
