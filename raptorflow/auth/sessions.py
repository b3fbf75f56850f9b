"""Sessions: opened by a password, rotated by refresh tokens, ended at once for all of their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from raptorflow.auth import sql
from raptorflow.auth.tokens import BadToken, Identity, Tokens
from raptorflow.database import the
from raptorflow.resources import Resources


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session and its fresh tokens; `refresh_token` is None when it was not rotated."""

    identity: Identity
    access_token: str
    refresh_token: str | None


def begin(held: Resources, user_id: UUID, email: str, session_id: UUID) -> Session:
    """The first tokens of a session that has just been opened in the database."""
    tokens = Tokens(held.settings, held.clock)
    identity = Identity(user_id, email, session_id)
    return Session(identity, tokens.access(identity), tokens.refresh(session_id, 1))


async def open_for(held: Resources, user_id: UUID, email: str) -> Session:
    """A new session for a person who proved to be themselves."""
    session_id, now = uuid4(), held.clock.now()
    expires = now + timedelta(seconds=held.settings.refresh_token_seconds)
    async with held.database.worker() as connection:
        wanted = {"session": session_id, "user": user_id, "now": now, "expires": expires}
        await connection.execute(sql.OPEN_SESSION, wanted)
    return begin(held, user_id, email, session_id)


async def rotate(held: Resources, refresh_token: str, *, grace: timedelta = timedelta()) -> Session:
    """Fresh tokens for the token's session. An old token ends the whole family. Raises `BadToken`.

    Within `grace` of a rotation the token before the present one gives an access token, and no refresh token.
    """
    tokens = Tokens(held.settings, held.clock)
    session_id, generation = tokens.read_refresh(refresh_token)
    now = held.clock.now()
    wanted = {
        "session": session_id,
        "generation": generation,
        "now": now,
        "expires": now + timedelta(seconds=held.settings.refresh_token_seconds),
        "grace": grace,
    }
    async with held.database.worker() as connection:
        found = await the(connection, sql.ROTATE, wanted)
    if found["outcome"] not in ("rotated", "kept"):
        raise BadToken
    identity = Identity(found["user_id"], found["email"], session_id)
    fresh = tokens.refresh(session_id, found["generation"]) if found["outcome"] == "rotated" else None
    return Session(identity, tokens.access(identity), fresh)


async def end(held: Resources, identity: Identity) -> None:
    """Log out: from now on no token of this session counts."""
    async with held.database.session(identity.claims) as connection:
        await connection.execute(sql.END_SESSION, {"now": held.clock.now()})
