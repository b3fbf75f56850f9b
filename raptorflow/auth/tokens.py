"""Access tokens as Supabase shapes them, and refresh tokens that carry their session's generation. HS256 only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options

from raptorflow.clock import Clock
from raptorflow.settings import Settings

ACCESS, REFRESH = "authenticated", "raptorflow-refresh"
_OPTIONS: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "strict_aud": True,
    "require": ["exp", "iss", "aud", "sub"],
}
"""Times are judged here, by the injected clock."""


class BadToken(Exception):
    """The token is not one of ours, not of this kind, or has expired."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified access token speaks for; `claims` are what the database is told.

    `generation` is that of the answer the token came with; 0 where no token was brought: nothing was used then.
    """

    user_id: UUID
    email: str
    session_id: UUID
    generation: int = 0

    @property
    def claims(self) -> dict[str, Any]:
        """The JWT claims that `auth.uid()` and its siblings read."""
        return {
            "sub": str(self.user_id),
            "email": self.email,
            "role": ACCESS,
            "aud": ACCESS,
            "session_id": str(self.session_id),
            "generation": self.generation,
        }


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and reads both kinds; expiry is judged by the injected clock."""

    settings: Settings
    clock: Clock

    def access(self, identity: Identity, generation: int) -> str:
        """A bearer token for `identity`, good for `ACCESS_TOKEN_SECONDS`, which says with which answer it came."""
        now = int(self.clock.timestamp())
        claims = replace(identity, generation=generation).claims
        return self._sign(claims, now, now + self.settings.access_token_seconds)

    def refresh(self, session_id: UUID, generation: int, issued: datetime, expires: datetime) -> str:
        """The token that may rotate the session once. The same arguments give the same token: none is ever stored."""
        claims = {"sub": str(session_id), "aud": REFRESH, "generation": generation}
        return self._sign(claims, int(issued.timestamp()), int(expires.timestamp()))

    def read_access(self, token: str) -> Identity:
        """Who the token speaks for. Raises `BadToken`."""
        claims = self._verify(token, ACCESS)
        try:
            whose = UUID(claims["sub"]), str(claims["email"]), UUID(claims["session_id"])
            identity = Identity(*whose, generation=int(claims.get("generation", 0)))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise BadToken from error
        if claims.get("role") != ACCESS or not identity.email.isprintable() or not 0 <= identity.generation < 2**31:
            raise BadToken
        return identity

    def read_refresh(self, token: str) -> tuple[UUID, int]:
        """The session and its generation. Raises `BadToken`."""
        claims = self._verify(token, REFRESH)
        try:
            return UUID(claims["sub"]), int(claims["generation"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise BadToken from error

    def _sign(self, claims: dict[str, Any], issued: int, expires: int) -> str:
        whole = claims | {"iss": self.settings.jwt_issuer, "iat": issued, "exp": expires}
        return jwt.encode(whole, self.settings.secret_key.get_secret_value(), algorithm="HS256")

    def _verify(self, token: str, audience: str) -> Mapping[str, Any]:
        try:
            claims = _signed(token, self.settings.secret_key.get_secret_value(), audience, self.settings.jwt_issuer)
            alive = self.clock.timestamp() < float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise BadToken from error
        if not alive:
            raise BadToken
        return claims


@lru_cache(maxsize=1024)
def _signed(token: str, key: str, audience: str, issuer: str) -> Mapping[str, Any]:
    """The claims of a token that is ours; whether it is still good is another question, asked each time."""
    return jwt.decode(token, key, algorithms=["HS256"], audience=audience, issuer=issuer, options=_OPTIONS)
