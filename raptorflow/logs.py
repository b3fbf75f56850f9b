"""Structured logs: one JSON object a line on standard error, with the request's id and tenant. Never a secret."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import Any

from raptorflow.clock import Clock

request_id: ContextVar[str] = ContextVar("request_id", default="")
_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one JSON line: at, level, logger, message, request_id, and the record's `extra` members."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, Any] = {
            "at": self._clock.now().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str, clock: Clock) -> None:
    """Send every logger of the process through `JsonLines`; libraries speak from WARNING on."""
    logging.logProcesses = logging.logThreads = logging.logMultiprocessing = False  # no line says them
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(clock))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("raptorflow").setLevel(level)
