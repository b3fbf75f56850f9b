"""The bodies of `auth`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from raptorflow.models import Email, Input, Output
from raptorflow.texts import composed
from raptorflow.workspaces.models import Membership, Workspace

SHORTEST, LONGEST = 8, 128
"""How many code points a password has in NFC, as NIST SP 800-63B counts them: an é is one, however it was typed."""
_MOST_SPELT_OUT = 4 * LONGEST
"""Decomposed, a code point becomes four at most: what is longer is not even looked at."""


def _of_good_length(password: str) -> str:
    if _length(password) < SHORTEST:
        raise PydanticCustomError("string_too_short", "String should have at least 8 characters")
    if _length(password) > LONGEST:
        raise PydanticCustomError("string_too_long", "String should have at most 128 characters")
    return password


def _not_too_long(password: str) -> str:
    """Passwords from before NFC were counted as they came: those still open."""
    if min(len(password), _length(password)) > LONGEST:
        raise PydanticCustomError("string_too_long", "String should have at most 128 characters")
    return password


def _length(password: str) -> int:
    return len(composed(password)) if len(password) <= _MOST_SPELT_OUT else len(password)


Password = Annotated[
    str, AfterValidator(_of_good_length), WithJsonSchema({"type": "string", "minLength": 8, "maxLength": 128})
]
KnownPassword = Annotated[str, AfterValidator(_not_too_long), WithJsonSchema({"type": "string", "maxLength": 128})]
OnboardingStatus = Literal["not_started", "in_progress", "completed"]


class SignUp(Input):
    """A new account."""

    email: Email
    password: Password
    full_name: Annotated[str, Field(max_length=200)] | None = None


class LogIn(Input):
    """An address and its password."""

    email: Email
    password: KnownPassword


class Refresh(Input):
    """The refresh token of the last answer."""

    refresh_token: Annotated[str, Field(max_length=2048)]


class ProfileChange(Input):
    """What is given is changed; null empties a field."""

    full_name: Annotated[str, Field(max_length=200)] | None = None
    company: Annotated[str, Field(max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=32, pattern=r"^[0-9+() .-]*$")] | None = None


class User(Output):
    """A person, and the number that is theirs for good."""

    id: UUID
    email: str
    identification_number: str


class Profile(Output):
    """What a person says about themselves."""

    full_name: str | None
    company: str | None
    phone: str | None


class Tokens(Output):
    """A session's fresh tokens."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int = Field(description="Seconds until the access token expires")


class Session(Tokens):
    """The answer to signup and login. `workspace` is null for who has left all of theirs."""

    user: User
    workspace: Workspace | None


class Me(Output):
    """The caller, and where they stand in the selected workspace."""

    user: User
    profile: Profile
    identification_number: str
    created_at: datetime
    workspace: Membership | None
    workspaces: list[Membership]
    onboarding_status: OnboardingStatus
    needs_payment: bool
