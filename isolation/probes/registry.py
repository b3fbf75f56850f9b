"""Every probe, in the order in which they are run. A new one is a file beside this one, and a line here."""

from __future__ import annotations

from . import (
    cascades,
    connection_reuse,
    existence,
    interference,
    leaky_predicates,
    notifications,
    own_rows,
    privileges,
    reserved_columns,
    routines,
    search_path,
    sequences,
    server,
    statements,
    two_steps,
)
from .base import Probe

PROBES: tuple[Probe, ...] = (
    statements.PROBE,
    routines.PROBE,
    two_steps.PROBE,
    reserved_columns.PROBE,
    existence.PROBE,
    interference.PROBE,
    leaky_predicates.PROBE,
    privileges.PROBE,
    sequences.PROBE,
    server.PROBE,
    search_path.PROBE,
    cascades.PROBE,
    own_rows.PROBE,
    connection_reuse.PROBE,
    notifications.PROBE,
)


def channels() -> list[str]:
    """What is tried, in words."""
    return [channel for probe in PROBES for channel in probe.channels]
