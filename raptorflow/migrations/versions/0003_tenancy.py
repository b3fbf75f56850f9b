"""Tenancy: see the SQL beside this file."""

from alembic import op
from sqlalchemy import text

from raptorflow.migrations.sql import run_beside
from raptorflow.texts import cut

revision = "0003"
down_revision: str | None = "0002"


LONGEST_NAME, LONGEST_OWNER = 200, 88
"""Of a profile's name, and of its part in the name of a workspace, in code points."""


def upgrade() -> None:
    """Apply."""
    _shorten_names()
    run_beside(__file__)


def _shorten_names() -> None:
    """Cut what is too long where no character is cut in two, which SQL cannot see."""
    connection = op.get_bind()
    connection.execute(text("create table private.long_names (user_id uuid primary key, profile text, workspace text)"))
    long = text("select id, full_name from public.users where length(full_name) > :most")
    for user, name in connection.execute(long, {"most": LONGEST_OWNER}).fetchall():
        row = {"user": user, "profile": cut(name, LONGEST_NAME), "workspace": cut(name, LONGEST_OWNER)}
        connection.execute(text("insert into private.long_names values (:user, :profile, :workspace)"), row)
