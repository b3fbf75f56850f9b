"""Which function answers which route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mocks.phonepe import checkout, oauth, page
from mocks.phonepe.http import Answer, Request, reply


def _health(_: object, __: Request) -> Answer:
    return reply({"status": "UP"})


HANDLERS: Final[Mapping[str, Callable[[Any, Request], Answer]]] = {
    "token": oauth.issue,
    "checkout.pay": checkout.pay,
    "checkout.status": checkout.status,
    "page.show": page.show,
    "page.submit": page.submit,
    "page.otp": page.show_otp,
    "page.confirm": page.confirm,
    "page.style": page.style,
    "health": _health,
}
