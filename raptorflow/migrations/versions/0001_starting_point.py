"""Starting point: see the SQL beside this file."""

from raptorflow.migrations.sql import run_beside

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Apply."""
    run_beside(__file__)
