"""A connection that is handed from one tenant to the next, as a pool does: what each request did is committed."""

from __future__ import annotations

from ..database.clones import connect
from ..database.pipeline import Wire
from ..model.actors import Actor
from ..model.outcome import Outcome

_SET = "set plan_cache_mode = force_generic_plan; set statement_timeout = '5s'"


class PooledConnection:
    """Serves whoever is given it."""

    def __init__(self, dsn: str) -> None:
        self._connection = connect(dsn)
        self._connection.execute(_SET)
        self._wire = Wire(self._connection)

    def prepare(self, name: str, statement: str) -> None:
        """Prepare a statement, for everybody who is given the connection."""
        self._connection.execute(f"prepare {name} as {statement}".encode())

    def request(self, actor: Actor, statement: str) -> Outcome:
        """What the actor is answered."""
        outcome = Outcome()
        results = self._wire.send(f"begin;\n{actor.sql};\n{statement}")
        outcome.state = results[-1].state
        if outcome.ran:
            outcome.text = "\n".join(c.decode(errors="replace") for c in results[-1].cells)
        self._wire.send("commit" if outcome.ran else "rollback")
        return outcome

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
