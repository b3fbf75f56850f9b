"""The whole story, told once, at a browser and over HTTP."""

from __future__ import annotations

import pytest

from drivers.customer import Customer, Subscription
from fixtures.customers import Stranger
from fixtures.witnesses import Witnesses


@pytest.mark.promise("E2E-20.1", "ONB-15.4", "PAY-9.2")
@pytest.mark.requirement("E2E-20", "ONB-11", "ONB-15", "BCM-16")
def test_stranger_holds_a_manifest(customer: Customer, stranger: Stranger, witnesses: Witnesses) -> None:
    """A stranger registers, buys the glide plan monthly, completes 23 steps, and holds a BCM."""
    customer.sign_up(stranger.identity)
    payment = customer.choose_plan("glide", "monthly")
    customer.pay()
    customer.wait_for_payment("completed")
    assert customer.start_onboarding() == 1
    for n, data in stranger.answers.items():
        customer.answer(n, data)
    customer.complete()

    manifest = customer.bcm()
    assert manifest.version == 1
    assert stranger.identity.canary in manifest.manifest["company"]["name"]
    assert customer.subscription() == Subscription("glide", "monthly", "active")
    seen = witnesses.of(customer)
    assert seen.account() == []
    assert seen.money() == []
    assert seen.onboarded() == []
    assert customer.me().identification_number == seen.rows.identification_number
    assert [(row.merchant_order_id, row.amount) for row in seen.rows.payments] == [(payment.merchant_order_id, 700_000)]
    assert [row.checksum for row in seen.rows.manifests] == [manifest.checksum]
