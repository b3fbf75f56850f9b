"""Runs the SQL file that stands beside a version's Python file."""

from __future__ import annotations

from pathlib import Path

from alembic import op


def run_beside(module_file: str) -> None:
    """Execute `NNNN_name.sql` for `NNNN_name.py`, as it stands, in the migration's transaction."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(module_file).with_suffix(".sql").read_text())
