"""The bodies of `workspaces`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from raptorflow.models import Email, Input, Output

Role = Literal["owner", "admin", "member"]


class Workspace(Output):
    """A tenant."""

    id: UUID
    name: str
    slug: str


class Membership(Workspace):
    """A workspace as one of its members sees it."""

    role: Role
    owner_identification_number: str
    created_at: datetime


class Workspaces(Output):
    """The caller's workspaces, their own first."""

    workspaces: list[Membership]


class NewWorkspace(Input):
    """A workspace to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class Invitation(Input):
    """Who shall join, as what."""

    email: Email
    role: Role


class Invited(Output):
    """Said in the same words whether or not the address has an account."""

    detail: str = "They are a member now if they have an account, and become one when they sign up."
