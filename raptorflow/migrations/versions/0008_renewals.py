"""Renewals: see the SQL beside this file."""

from raptorflow.migrations.sql import run_beside

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Apply."""
    run_beside(__file__)
