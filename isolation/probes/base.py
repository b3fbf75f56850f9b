"""What a probe is given, and what it is: it tries things through a narrow context, and yields what it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ..config.model import Config
from ..model.actors import Actor, ActorKind, User
from ..model.catalog import Catalog, Relation
from ..model.cell import Evidence, Operation
from ..model.outcome import Outcome
from ..model.sql import Values
from ..planting.dataset import Dataset
from .shared.arguments import Arguments

T = TypeVar("T")
Try = tuple[str, ...]
"""Statements that are run one after another."""


class Requests(Protocol):
    """One connection, as a pool hands it on: each request is a transaction of its own, which is committed."""

    def prepare(self, name: str, statement: str) -> None:
        """Prepare a statement, for everybody who is given the connection."""

    def request(self, actor: Actor, statement: str) -> Outcome:
        """What the actor is answered."""

    def close(self) -> None:
        """End the connection."""


class Context(Protocol):
    """What a probe may use; all that it tries is undone, but what `requests` and `spoilt` commit in their clones."""

    catalog: Catalog
    config: Config
    world: Dataset
    spoilt: str
    """The DSN of a clone that nobody else uses, if anything in the database has to be committed to be seen."""

    @property
    def arguments(self) -> Arguments:
        """Values for the arguments of routines."""

    @property
    def alters(self) -> bool:
        """Whether definitions may be changed before something is tried, which locks them until it is undone."""

    @property
    def grants(self) -> bool:
        """Whether something in the database hands out grants or roles while it runs."""

    def attackers(self, *kinds: ActorKind) -> list[Actor]:
        """Everybody who must not reach what is A's; of these kinds in the usual role, where any are named."""

    def owner(self) -> Actor:
        """Tenant A in the application's role."""

    def user(self, user: User, name: str = "", kind: ActorKind = ActorKind.NEIGHBOUR) -> Actor:
        """A user in the application's role."""

    def share(self, items: Sequence[T], stage: str = "") -> Iterator[T]:
        """Those of the items that are this process's to try."""

    def compose(self, relation: Relation, user: User, chosen: Mapping[str, str | None] | None = None) -> Values:
        """A further row of this user's that would fit."""

    def standing(self, relation: Relation, active: bool) -> Values:
        """State values that make a membership count, or not count."""

    def attempts(
        self, actor: Actor | None, tries: Sequence[Try], *, before: str = "", first: Try = (), look: bool = True
    ) -> list[Outcome]:
        """What comes of each of these as this actor; None is the superuser."""

    def attempt(self, actor: Actor | None, tried: Try, *, before: str = "", look: bool = True) -> Outcome:
        """What comes of this."""

    def controls(
        self, actor: Actor | None, tries: Sequence[Try], *, before: str = "", look: bool = True
    ) -> list[Outcome]:
        """The same with every protection taken away."""

    def control(self, actor: Actor | None, tried: Try, *, before: str = "", look: bool = True) -> Outcome:
        """The same with every protection taken away."""

    def as_owner(self, tries: Sequence[Try]) -> list[Outcome]:
        """The same as tenant A."""

    def requests(self) -> Requests:
        """A connection of its own that is handed on."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One way in: what it is called while it runs, which channels it tries, and what tries them.

    `commits` says, where a probe has to commit, what stays unproven of which targets where nothing may be.
    """

    stage: str
    channels: tuple[str, ...]
    run: Callable[[Context], Iterator[Evidence]]
    commits: tuple[str, Operation] | None = None
