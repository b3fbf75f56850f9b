"""Places whose day begins and ends at another moment than UTC's."""

from __future__ import annotations

ZONES = ("Asia/Kolkata", "Pacific/Apia", "America/New_York")


def living_in(zone: str) -> dict[str, str]:
    """The settings of a process, and of its connections to PostgreSQL, that take this zone for the local one."""
    return {"TZ": zone, "PGTZ": zone, "PGOPTIONS": f"-c timezone={zone}"}
