"""What can go wrong with a stack, and the exit code that says so."""

from __future__ import annotations

from core import exits


class UnavailableError(Exception):
    """Something that a stack needs cannot be had; one line names it and its remedy. Exit code 2."""

    exit_code = exits.BAD_INPUT


class ServiceFailedError(Exception):
    """A service did not start, or died: the message names it and ends with the tail of its log. Exit code 4."""

    exit_code = exits.NO_EVIDENCE
