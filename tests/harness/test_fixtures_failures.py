"""What a failed test leaves behind, and that no secret is in it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.customers import Customers
from fixtures.failures import gather
from stack.system import System


def test_evidence__holds_every_side_and_no_secret(customers: Customers, system: System, tmp_path: Path) -> None:
    """Exchanges, log, ledger and rows of the test's own customer are written down, without password, token or key."""
    customer = customers.a_paid_customer()
    customers.a_new_customer()
    item = SimpleNamespace(funcargs={"customers": customers, "system": system}, stash=pytest.Stash())

    names = {file.name for file in gather(cast(Any, item), tmp_path)}

    log = {"application.log"} if system.log_path is not None else set()
    assert names == {"exchanges.json", "ledger.json", "rows.json"} | log
    written = {name: (tmp_path / name).read_text() for name in names}
    assert customer.payment is not None
    assert customer.payment.merchant_order_id in written["ledger.json"]
    assert customer.payment.merchant_order_id in written["rows.json"]
    assert "choose plan" in written["exchanges.json"]
    secrets = [customer.identity.password, customer.access_token, customer.refresh_token, system.jwt_secret or "-" * 9]
    assert [secret for secret in secrets for text in written.values() if secret in text] == []


def test_evidence__names_only_this_tests_customers(customers: Customers, system: System, tmp_path: Path) -> None:
    """The rows and orders of another test's customer are not in it."""
    other = Customers(system, customers.transport, f"{customers.told}:another").a_paid_customer()
    customers.a_new_customer()
    item = SimpleNamespace(funcargs={"customers": customers, "system": system}, stash=pytest.Stash())

    for file in gather(cast(Any, item), tmp_path):
        if file.name in ("ledger.json", "rows.json"):
            assert other.payment is not None
            assert other.payment.merchant_order_id not in file.read_text()
