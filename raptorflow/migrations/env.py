"""Alembic's entry point: the connection comes from `raptorflow.migrations.runner`, already locked."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=True,
    version_table="schema_version",
    version_table_schema="private",
)
with context.begin_transaction():
    context.run_migrations()
