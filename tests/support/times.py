"""Moments as they are told, and the time of a slice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fixtures.gateway import Clock, Gateway
from mocks.phonepe.client import AdminClient
from stack.slice import Slice


def moment(text: str) -> datetime:
    """RFC 3339, or a moment of UTC without saying so."""
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


@contextmanager
def time_of(own: Slice) -> Iterator[Clock]:
    """A slice's time and its gateway's."""
    with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
        assert own.system.clock_file is not None
        yield Clock(Path(own.system.clock_file), Gateway(admin, str(own.system.merchant_id)))
