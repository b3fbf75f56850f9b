"""The route table: every route has its handler, and every name that faults choose by has its route."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from mocks.phonepe.routes import CALLS, UNMAPPED, Call, RouteTableError, check_table
from mocks.phonepe.state.route_names import ROUTE_NAMES
from tests.phonepe.shop import Shop


def test_table__without_handler() -> None:
    """A route that nobody answers cannot be put into the table, so that such a gateway does not start."""
    nobody: Any = None

    with pytest.raises(RouteTableError, match=r"GET /nowhere \(health\) has no handler"):
        Call("health", "GET", "/nowhere", nobody)


def test_table__name_without_route() -> None:
    """A name that a fault may choose, but that no route has, is refused when the gateway starts."""
    calls = [each for each in (*CALLS, UNMAPPED) if each.name != "refund.status"]

    with pytest.raises(RouteTableError, match=r"no route named refund\.status"):
        check_table(calls)


def test_table__names() -> None:
    """Table and vocabulary hold the same names."""
    assert {each.name for each in (*CALLS, UNMAPPED)} == ROUTE_NAMES


def test_other_method(shop: Shop) -> None:
    """A route asked by another method is unknown, as at PhonePe: it has no 405."""
    response = shop.call("DELETE", "/checkout/v2/pay")

    assert (response.status_code, response.json()["code"]) == (404, "404")


def test_client_leaves(shop: Shop, gateway_port: int) -> None:
    """A client that leaves amid its body is not answered, and leaves no order behind."""
    shop.log_in()
    head = (
        f"POST /checkout/v2/pay HTTP/1.1\r\nhost: x\r\nauthorization: O-Bearer {shop.tokens[-1]}\r\n"
        "content-type: application/json\r\ncontent-length: 500\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", gateway_port)) as connection:
        connection.sendall(head.encode())
    shop.call("GET", "/checkout/v2/order/none/status")

    assert [each["route"] for each in shop.ledger("requests")["requests"]] == ["token", "checkout.status"]
