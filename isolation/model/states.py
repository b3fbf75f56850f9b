"""The states (SQLSTATE) by which PostgreSQL says why it refused something."""

from __future__ import annotations

from psycopg import errors

DENIED = errors.InsufficientPrivilege.sqlstate
SYNTAX = errors.SyntaxError.sqlstate
NOT_NULL = errors.NotNullViolation.sqlstate
UNIQUE = errors.UniqueViolation.sqlstate
EXCLUDED = errors.ExclusionViolation.sqlstate
CHECKED = errors.CheckViolation.sqlstate
NO_PARENT = errors.ForeignKeyViolation.sqlstate
DIVIDED_BY_ZERO = errors.DivisionByZero.sqlstate
GONE = errors.ConnectionFailure.sqlstate
TAKEN = frozenset((UNIQUE, EXCLUDED))
ELSEWHERE = ("HV", "08")
"""Classes of states of a foreign table that may be read, and whose server does not answer."""
