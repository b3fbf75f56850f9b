"""Migrations: numbered files of plain SQL, one transaction each, applied by Alembic under a lock (`migrate`)."""
