"""The one source of the present moment. Nothing else in this package asks the system for the time of day."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from raptorflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Clock:
    """UTC now, shifted by the seconds that `offset_file` holds at the moment of each reading (tests only)."""

    offset_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Clock:
        """The clock that `settings` allow: `CLOCK_FILE` counts only when `ENVIRONMENT=test`."""
        return cls(settings.clock_file if settings.environment == "test" else None)

    def timestamp(self) -> float:
        """Seconds since the epoch, with a fraction."""
        return time.time() + self._offset()

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def _offset(self) -> float:
        if self.offset_file is None:
            return 0.0
        try:
            return float(self.offset_file.read_text().strip() or 0)
        except (FileNotFoundError, ValueError):
            return 0.0
