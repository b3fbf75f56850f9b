"""Sessions: opened by a password, rotated by refresh tokens, ended at once for all of their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from raptorflow.auth import sql
from raptorflow.auth.tokens import BadToken, Identity, Tokens
from raptorflow.database import the
from raptorflow.resources import Resources


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session and the tokens that the answer carries."""

    identity: Identity
    access_token: str
    refresh_token: str


def begin(held: Resources, user_id: UUID, email: str, session_id: UUID, at: datetime) -> Session:
    """The first tokens of a session that has just been opened in the database, at `at`."""
    expires = at + timedelta(seconds=held.settings.refresh_token_seconds)
    return _answer(held, Identity(user_id, email, session_id), 1, at, expires)


def _answer(held: Resources, identity: Identity, generation: int, issued: datetime, expires: datetime) -> Session:
    tokens = Tokens(held.settings, held.clock)
    refresh_token = tokens.refresh(identity.session_id, generation, issued, expires)
    return Session(identity, tokens.access(identity, generation), refresh_token)


async def open_for(held: Resources, user_id: UUID, email: str) -> Session:
    """A new session for a person who proved to be themselves."""
    session_id, now = uuid4(), held.clock.now()
    expires = now + timedelta(seconds=held.settings.refresh_token_seconds)
    async with held.database.worker() as connection:
        wanted = {"session": session_id, "user": user_id, "now": now, "expires": expires}
        await connection.execute(sql.OPEN_SESSION, wanted)
    return begin(held, user_id, email, session_id, now)


async def rotate(held: Resources, refresh_token: str, *, under_way: timedelta = timedelta()) -> Session | Identity:
    """Fresh tokens for the token's session. An old token ends the whole family. Raises `BadToken`.

    The token before the present one gives the same refresh token again, until a token of that answer was used: it may
    have got lost. For `under_way` after the rotation it is then still let through, and gives no tokens.
    """
    tokens = Tokens(held.settings, held.clock)
    session_id, generation = tokens.read_refresh(refresh_token)
    now = held.clock.now()
    wanted = {
        "session": session_id,
        "generation": generation,
        "now": now,
        "expires": now + timedelta(seconds=held.settings.refresh_token_seconds),
        "under_way": under_way,
    }
    async with held.database.worker() as connection:
        found = await the(connection, sql.ROTATE, wanted)
    if found["outcome"] not in ("rotated", "repeated", "late"):
        raise BadToken
    identity = Identity(found["user_id"], found["email"], session_id)
    if found["outcome"] == "late":
        return identity
    return _answer(held, identity, found["generation"], found["rotated_at"], found["expires_at"])


async def end(held: Resources, identity: Identity) -> None:
    """Log out: from now on no token of this session counts."""
    async with held.database.session(identity.claims) as connection:
        await connection.execute(sql.END_SESSION, {"now": held.clock.now()})
