"""A payment's events, followed as a page follows them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from drivers.http import HttpCustomer

WITHIN_S = 10.0


@dataclass(slots=True)
class Stream:
    """An open event stream: `next()` gives the id, the payment and when it came; None at the end."""

    response: HTTPResponse
    _id: str = field(default="")

    def next(self) -> tuple[int, dict[str, object], float] | None:
        while line := self.response.readline().decode():
            name, _, value = line.strip().partition(": ")
            if name == "id":
                self._id = value
            elif name == "data":
                return int(self._id), json.loads(value), time.monotonic()
        return None


@contextmanager
def following(customer: HttpCustomer, payment: str, last_event_id: str = "") -> Iterator[Stream]:
    """The payment's events, read as they come."""
    address = urlsplit(customer.routes.url("payment_events", payment=payment))
    headers = {"Authorization": f"Bearer {customer.access_token}"}
    connection = HTTPConnection(address.netloc, timeout=WITHIN_S)
    connection.request(
        "GET", address.path, headers=headers | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    )
    try:
        yield Stream(connection.getresponse())
    finally:
        connection.close()
