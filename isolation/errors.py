"""What stops the prover before it can say anything about isolation."""

from __future__ import annotations


class BadInput(Exception):
    """The DSN, the configuration or the database cannot be used; the message names the remedy (exit 2)."""


class Untried(Exception):
    """Nothing could be tried without disturbing others; the message says what and why (exit 3)."""
