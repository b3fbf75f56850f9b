"""`migrate`: bring a database to the newest version, or leave it whole at the one before the failure."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine, text

LOCK = 7_219_041_100_000
"""The advisory lock that serialises two deployers; any number that nothing else in the database uses."""


def migrate(dsn: str, revision: str = "head") -> None:
    """Apply what is missing, as `raptorflow_owner`. Waits for another deployer. Raises psycopg/SQLAlchemy errors."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    with psycopg.connect(dsn, autocommit=True) as lock, engine.connect() as connection:
        lock.execute("select pg_advisory_lock(%s)", (LOCK,))
        with connection.begin():
            connection.execute(text("create schema if not exists private"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
