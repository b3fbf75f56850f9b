"""Where attempts are made: each is undone by itself, everything that comes back is kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from psycopg.pq import ConnStatus, TransactionStatus

from ..database.clones import Connection, connect
from ..database.pipeline import Result, Wire
from ..model.actors import Actor
from ..model.outcome import Outcome
from ..planting.dataset import Dataset
from .batch import Batch
from .changes import CALL, Digest, Digester

TOGETHER = 48
_LIMITS = "set statement_timeout = '5s'; set lock_timeout = '1s'; set client_min_messages = notice"


class Session:
    """One connection to a planted clone; every batch of tries is a transaction of its own, which is undone."""

    opens, ends = "begin", "rollback"

    def __init__(self, dsn: str, world: Dataset, *, unset: bool = False) -> None:
        self.world, self.dsn, self.unset = world, dsn, unset
        self._other: Session | None = None
        self._open()

    def _never_set(self) -> Session:
        """A connection on which nobody has been told to the database yet: what was set once is empty ever after."""
        if self._other is None:
            self._other = Session(self.dsn, self.world, unset=True)
        return self._other

    def _open(self) -> None:
        connection = connect(self.dsn)
        connection.execute(_LIMITS)
        self._use(connection)

    def _use(self, connection: Connection) -> None:
        self.connection = connection
        self._digester = Digester(connection, self.world)
        self.wire = Wire(connection)

    def attempt(
        self, actor: Actor | None, statements: Sequence[str], *, before: str = "", look: bool = True
    ) -> Outcome:
        """Act and undo it. `before` is run as the superuser first."""
        return self.each(actor, [statements], before=before, look=look)[0]

    def each(
        self,
        actor: Actor | None,
        tries: Sequence[Sequence[str]],
        *,
        before: str = "",
        first: Sequence[str] = (),
        look: bool = True,
    ) -> list[Outcome]:
        """Act in each of these ways, every time from where `before` and the actor's `first` statements lead."""
        if actor and not before and not actor.enter and not actor.begin and not self.unset:
            return self._never_set().each(actor, tries, first=first, look=look)
        start = f"{self.opens}; {before}; savepoint here; {CALL}" if before else self.opens
        opening = ";\n".join([start, *([actor.sql] if actor else []), *first, "savepoint here"])
        outcomes: list[Outcome] = []
        for at in range(0, len(tries), self._together):
            outcomes += Batch(self, opening, tries[at : at + self._together], look, bool(before)).outcomes()
        return outcomes

    @cached_property
    def _together(self) -> int:
        """How many tries share a message: but one where the database shows the message itself."""
        return 1 if "pg_stat_activity" in self.world.catalog.texts else TOGETHER

    @property
    def busy(self) -> bool:
        """Whether a transaction was left open."""
        return self.connection.pgconn.transaction_status != TransactionStatus.IDLE

    def reopened(self) -> bool:
        """Whether an attempt had ended the connection, so that there is a new one."""
        if self.connection.pgconn.status == ConnStatus.OK:
            return False
        self.connection.close()
        self._open()
        return True

    def digest(self, result: Result) -> Digest:
        """What the digest's call said."""
        return self._digester.read(result.cells)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()
        if self._other is not None:
            self._other.close()
