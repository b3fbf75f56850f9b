"""The other sides of a trial, each asked for what it knows: the database, Redis and the gateway's ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from load.reconciliation.gateway_orders import GatewayOrders, read
from stack.errors import ServiceFailedError
from witness.customer import Sight, look
from witness.database import DatabaseWitness
from witness.ledger import LedgerWitness
from witness.redis import RedisWitness


@dataclass(slots=True)
class Witnesses:
    """Who can be asked; None for a side that this target does not show."""

    database: DatabaseWitness | None
    ledger: LedgerWitness | None
    redis: RedisWitness | None
    manifest_schema: Mapping[str, Any] | None
    schedule: str

    def sight(self, email: str) -> Sight | None:
        """The customer's rows and cached session. Raises AssertionError when nobody has that address."""
        if self.database is None:
            return None
        with _asked("the database or Redis"):
            return look(email, self.database, None, self.redis, schema=self.manifest_schema)

    def gateway_orders(self) -> GatewayOrders | None:
        """The gateway's orders as they are now."""
        with _asked("the gateway's ledger"):
            return read(self.ledger.whole()) if self.ledger else None

    def same_number(self, number: str) -> int:
        """How many users have this identification number; 1 where the database is not shown."""
        with _asked("the database"):
            return self.database.count("users", identification_number=number) if self.database else 1


@contextmanager
def _asked(side: str) -> Iterator[None]:
    """Raises ServiceFailedError, which names the side, when it is gone."""
    try:
        yield
    except (OSError, psycopg.Error, redis.RedisError) as error:
        raise ServiceFailedError(f"{side} went away: {error}") from error
