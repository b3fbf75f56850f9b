"""Operations: the requests that a process made, noted one by one and kept many at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from drivers.transport import Request, Response
from load.coordination.records import Writer

KIND = "operations"


class Operations:
    """What waits to be kept. A process that is killed loses what it noted since the last `flush`, and nothing else."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: list[Mapping[str, Any]] = []

    def note(self, operation: Mapping[str, Any]) -> None:
        """Take one down."""
        self._waiting.append(operation)

    def flush(self) -> None:
        """Keep all that waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._writer.write_all(KIND, waiting)


def operation(request: Request, response: Response | None, started_at: float, duration_s: float) -> dict[str, Any]:
    """A request, begun at `started_at` (seconds since the epoch), as `operations/*.jsonl` holds it."""
    return {
        "name": request.name,
        "started_at": _moment(started_at),
        "duration_s": round(duration_s, 6),
        "status": response.status if response else 0,
        "request_id": response.request_id if response else "",
    }


def _moment(at: float) -> str:
    second, milliseconds = divmod(int(at * 1000), 1000)
    return f"{_second(second)}.{milliseconds:03d}+00:00"


@lru_cache(maxsize=8)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
