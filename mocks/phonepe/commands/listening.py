"""phonepe-mock listen: prints a merchant's webhooks as they are sent, and passes them on to a URL."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ..client import AdminClient, Json
from .target import CommandError, merchant_of

FORWARD_WITHIN_S: Final = 30.0


def listen(
    admin: AdminClient,
    merchant: str | None,
    forward_to: str | None,
    events: frozenset[str] | None,
    count: int | None,
) -> None:
    """Print webhooks, and pass them on, until interrupted or `count` of them came. Raises CommandError or OSError."""
    if forward_to is not None and (
        urlsplit(forward_to).scheme not in ("http", "https") or not urlsplit(forward_to).hostname
    ):
        raise CommandError(f"--forward-to: {forward_to} is no http(s) URL: name one as http://127.0.0.1:8000/webhooks")
    name = merchant_of(admin, merchant)
    came = 0
    for told in admin.listen(name):
        if "ready" in told:
            print(f"listening to {name}; {told['ready']}", file=sys.stderr, flush=True)
            continue
        if events is not None and told["event"] not in events:
            continue
        result = "" if forward_to is None else f"  {_forward(forward_to, told)}"
        print(f"{told['at']}  {told['event']}  {told['subject']}{result}", flush=True)
        came += 1
        if count is not None and came >= count:
            return


def _forward(url: str, told: Json) -> str:
    """Send a webhook as the gateway wrote it; the status, or why there is none."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=FORWARD_WITHIN_S)
    headers: Mapping[str, str] = told["headers"]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, told["body"].encode(), dict(headers))
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
