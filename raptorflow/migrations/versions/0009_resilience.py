"""Resilience: see the SQL beside this file."""

from raptorflow.migrations.sql import run_beside

revision = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    """Apply."""
    run_beside(__file__)
