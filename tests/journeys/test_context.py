"""One answer changes, and everything that reads it changes with it."""

from __future__ import annotations

import pytest

from drivers.browser import BrowserCustomer
from drivers.customer import FEATURES
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses


@pytest.mark.requirement("BCM-18", "BCM-19", "BCM-16")
def test_changed_answer__reaches_the_feature(customers: Customers, witnesses: Witnesses) -> None:
    """A goal changed in the business context is in the next manifest, and in what the moves are made of."""
    customer = customers.a_customer_with_a_manifest()
    before = customer.generate("moves")
    context = customer.business_context()
    goal = f"Win Pune {customer.identity.canary}"

    customer.change_context(context, {"22": {**context.answers["22"], "goals": [goal]}})
    manifest = customer.rebuild()

    assert (before.bcm_version, manifest.version) == (1, 2)
    assert manifest.manifest["plan"]["goals"] == [goal]
    after = customer.generate("moves")
    assert after.bcm_version == 2
    assert goal in " ".join(after.titles)
    assert goal not in " ".join(before.titles)
    assert [row.version for row in witnesses.of(customer).rows.manifests] == [1, 2]


@pytest.mark.requirement("ONB-14", "BCM-16")
def test_same_answers__make_no_new_version(customers: Customers, witnesses: Witnesses) -> None:
    """A rebuild of what has not changed gives the version that there is."""
    customer = customers.a_customer_with_a_manifest()
    first = customer.bcm()

    assert customer.rebuild() == first
    assert len(witnesses.of(customer).rows.manifests) == 1


@pytest.mark.requirement("BCM-18", "BCM-19")
def test_every_feature__writes_on_the_dashboard(at_browser: BrowserCustomer, customers: Customers) -> None:
    """Each of the five features is started on the dashboard, and says that it used the first manifest."""
    at_browser.becomes(customers.a_customer_with_a_manifest().identity)
    at_browser.log_in()

    pieces = [at_browser.generate(feature) for feature in FEATURES]

    assert [each.bcm_version for each in pieces] == [1] * len(FEATURES)
    assert all(each.titles for each in pieces)


@pytest.mark.requirement("AUTH-4", "BCM-17")
def test_member__sees_the_workspace_until_removed(customers: Customers) -> None:
    """Somebody invited reads the workspace's manifest, and with the next request after their removal does not."""
    owner = customers.a_customer_with_a_manifest()
    guest = customers.a_new_customer()
    invitation = {"email": guest.identity.email, "role": "member"}
    assert owner.call("POST", "members", invitation, workspace=owner.workspace_id).status == 202
    there = {"x-workspace-id": owner.workspace_id}
    assert guest.call("GET", "bcm", headers=there).json()["checksum"] == owner.bcm().checksum

    removed = owner.call("DELETE", "member", workspace=owner.workspace_id, user=guest.user_id)

    assert removed.status in (200, 204)
    assert guest.call("GET", "bcm", headers=there).status == 404
