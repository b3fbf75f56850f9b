"""The log: who asked what of whom, how long it took, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.stack import need
from stack.slice import Slice


def logged(text: str) -> dict[str, dict[str, Any]]:
    """The requests' lines by request id; a line still being written is left out."""
    whole = text[: text.rfind("\n") + 1].splitlines()
    lines: list[dict[str, Any]] = [json.loads(line) for line in whole if line.startswith("{")]
    return {line["request_id"]: line for line in lines if line["message"] == "request"}


@pytest.mark.promise("E2E-20.17")
@pytest.mark.requirement("E2E-20", "BCM-17")
def test_log__says_who_and_how_long_and_no_secret(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """Each request is one JSON line with its id, tenant, user, route, status and time; no password, token or answer.

    The whole journey and what fails on the way are looked through for everything that was secret in it.
    """
    slice_ = make_slice()
    customers = Customers(slice_.system, transport, "log")
    customer = customers.a_customer_with_a_manifest()
    page = customer.visit(customer.routes.url("billing_page"))
    nobody = customer.call("POST", "login", {"email": customer.identity.email, "password": "wrong-" + "secret" * 3})
    stolen = customer.call("GET", "me", headers={"authorization": "Bearer stolen.secret.token"})
    asked = customer.call("GET", "bcm")

    # An answer is out before its line is written: the last request's line is awaited.
    log, last = need(slice_.system.log_path, "a log"), asked.request_id
    text = until(log.read_text, lambda text: last in logged(text), f"the log's line of request {last}")
    by_id = logged(text)

    assert (page.response.status, nobody.status, stolen.status) == (200, 401, 401)
    told = by_id[asked.request_id]
    assert (told["method"], told["route"], told["status"]) == ("GET", "/api/v1/bcm", 200)
    assert (told["workspace_id"], told["user_id"]) == (customer.workspace_id, customer.user_id)
    assert told["duration_ms"] > 0
    assert by_id[page.response.request_id]["workspace_id"] == customer.workspace_id
    secrets = [
        *(
            slice_.environment[name]
            for name in slice_.environment
            if name.startswith(("SECRET", "PHONEPE_CLIENT_SECRET"))
        ),
        slice_.environment["PHONEPE_WEBHOOK_PASSWORD"],
        customer.identity.password,
        customer.access_token,
        customer.refresh_token,
        *customer.site.cookies.values(),
        "secretsecret",
        "stolen.secret",
        customers.answers_of(customer)[1]["company_name"],
    ]
    assert [each for each in secrets if each in text] == []
