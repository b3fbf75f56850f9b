"""Ten failures in five minutes close the login of one address: counted in Redis, in PostgreSQL while Redis is down."""

from __future__ import annotations

import hashlib
import math
import secrets
from datetime import UTC, datetime, timedelta

from redis import RedisError

from raptorflow.auth import sql
from raptorflow.database import the
from raptorflow.problems import Problem
from raptorflow.resources import Resources

MOST_FAILURES = 10
WINDOW = timedelta(minutes=5)


def _digest(email: str) -> bytes:
    return hashlib.sha256(email.lower().encode()).digest()


def _key(email: str) -> str:
    return f"login:failures:{_digest(email).hex()}"


async def check(held: Resources, email: str) -> None:
    """Raise 429 `TOO_MANY_ATTEMPTS` with `Retry-After` while the address has too many failures."""
    now = held.clock.now()
    failures, oldest = await _count(held, email, now)
    if failures >= MOST_FAILURES:
        wait = max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
        detail = "Too many failed logins for this address. Wait a few minutes and try again."
        raise Problem(429, "TOO_MANY_ATTEMPTS", detail, headers={"Retry-After": str(wait)})


async def note_failure(held: Resources, email: str) -> None:
    """Count one failure."""
    now = held.clock.now()
    try:
        async with held.redis.pipeline() as pipe:
            pipe.zadd(_key(email), {secrets.token_hex(8): now.timestamp()})
            pipe.expire(_key(email), int(WINDOW.total_seconds()))
            await pipe.execute()
    except RedisError:
        async with held.database.worker() as connection:
            since = now - WINDOW
            await connection.execute(sql.NOTE_FAILURE, {"digest": _digest(email), "now": now, "since": since})


async def forget(held: Resources, email: str) -> None:
    """A right password ends the count."""
    try:
        await held.redis.delete(_key(email))
    except RedisError:
        async with held.database.worker() as connection:
            await connection.execute(sql.FORGET_FAILURES, {"digest": _digest(email)})


async def _count(held: Resources, email: str, now: datetime) -> tuple[int, datetime]:
    since = now - WINDOW
    try:
        async with held.redis.pipeline() as pipe:
            pipe.zremrangebyscore(_key(email), "-inf", f"({since.timestamp()}")
            pipe.zrange(_key(email), -MOST_FAILURES, -1, withscores=True)
            _, recent = await pipe.execute()
        return len(recent), datetime.fromtimestamp(recent[0][1], UTC) if recent else now
    except RedisError:
        async with held.database.worker() as connection:
            found = await the(connection, sql.FAILURES, {"digest": _digest(email), "since": since})
        return found["failures"], found["oldest"] or now
