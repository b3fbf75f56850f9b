"""What a client can do about each class of PostgreSQL's errors: nearly always, ask again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Error, InterfaceError, OperationalError
from psycopg_pool import PoolTimeout, TooManyRequests


@dataclass(frozen=True, slots=True)
class Remedy:
    """A stable code, the sentence that goes with it, and the seconds after which asking again makes sense."""

    code: str
    sentence: str
    retry_after_s: int


UNAVAILABLE = Remedy("DATABASE_UNAVAILABLE", "We cannot reach our database just now. Please try again in a moment.", 2)
BUSY = Remedy("DATABASE_BUSY", "Our database has too much to do just now. Please try again in a moment.", 2)
READ_ONLY = Remedy("DATABASE_READ_ONLY", "Nothing can be saved just now; reading works. Please try again soon.", 5)
FULL = Remedy("DATABASE_FULL", "Nothing more can be saved just now. Please try again in a few minutes.", 30)

_STATES: dict[str, Remedy] = {
    "25006": READ_ONLY,  # read_only_sql_transaction: a standby, a failover, a managed service that is full
    "53100": FULL,  # disk_full
    "53200": BUSY,  # out_of_memory
    "53300": BUSY,  # too_many_connections
    "53400": BUSY,  # configuration_limit_exceeded
    "55P03": BUSY,  # lock_not_available
    "55006": BUSY,  # object_in_use
    "55000": UNAVAILABLE,  # object_not_in_prerequisite_state: a database that takes no connections
    "57014": BUSY,  # query_canceled: the statement's time is over
    "57P05": BUSY,  # idle_session_timeout
    "25P03": BUSY,  # idle_in_transaction_session_timeout
    "25P04": BUSY,  # transaction_timeout
}
_CLASSES: dict[str, Remedy] = {
    "08": UNAVAILABLE,  # connection exceptions
    "28": UNAVAILABLE,  # the server does not let us in: a failover, a changed password
    "3D": UNAVAILABLE,  # there is no such database: one is being restored
    "40": BUSY,  # serialization failures and deadlocks
    "53": BUSY,  # insufficient resources
    "57": UNAVAILABLE,  # the operator's doing: shutdown, crash, starting up
    "58": UNAVAILABLE,  # system errors: input and output
    "F0": UNAVAILABLE,  # configuration files
    "XX": UNAVAILABLE,  # the server's own errors: corrupted data, an index that lies
}


def remedy(error: Exception) -> Remedy | None:
    """What to tell of `error`; None when it is no matter of the database's state, but a mistake of ours."""
    if isinstance(error, PoolTimeout | TooManyRequests):
        return BUSY if "share" in str(error) else UNAVAILABLE
    if not isinstance(error, Error):
        return None
    state = error.sqlstate or ""
    known = _STATES.get(state) or _CLASSES.get(state[:2])
    if known is None and (isinstance(error, OperationalError | InterfaceError)):
        return UNAVAILABLE
    return known
