"""One answer changes, and everything that reads it changes with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.contract import FEATURES
from drivers.browser import BrowserCustomer
from drivers.customer import Customer
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses


@pytest.mark.promise("BCM-19.6", "BCM-16.4")
@pytest.mark.requirement("BCM-18", "BCM-19", "BCM-16")
def test_changed_answer__reaches_the_feature(customer: Customer, customers: Customers, witnesses: Witnesses) -> None:
    """A goal changed in the business context is in the next manifest, and in what the moves are made of."""
    customer.becomes(customers.a_customer_with_a_manifest().identity)
    customer.log_in()
    before = customer.generate("moves")
    goal = f"Win Pune {customer.identity.canary}"

    customer.change_answer(22, {"goals": [goal]})
    manifest = customer.rebuild()

    assert (before.bcm_version, manifest.version) == (1, 2)
    assert manifest.manifest["plan"]["goals"] == [goal]
    after = customer.generate("moves")
    assert after.bcm_version == 2
    assert goal in " ".join(after.titles)
    assert goal not in " ".join(before.titles)
    rows = witnesses.of(customer).rows
    assert [row.version for row in rows.manifests] == [1, 2]
    assert rows.answers["22"]["goals"] == [goal]


@pytest.mark.promise("BCM-18.2")
@pytest.mark.requirement("ONB-14", "BCM-16")
def test_same_answers__make_no_new_version(customers: Customers, witnesses: Witnesses) -> None:
    """A rebuild of what has not changed gives the version that there is."""
    customer = customers.a_customer_with_a_manifest()
    first = customer.bcm()

    assert customer.rebuild() == first
    assert len(witnesses.of(customer).rows.manifests) == 1


@pytest.mark.promise("BCM-18.11")
@pytest.mark.requirement("BCM-18", "BCM-19")
def test_every_feature__writes_on_the_dashboard(at_browser: BrowserCustomer, customers: Customers) -> None:
    """Each of the five features is started on the dashboard, and says that it used the first manifest."""
    at_browser.becomes(customers.a_customer_with_a_manifest().identity)
    at_browser.log_in()

    pieces = [at_browser.generate(feature) for feature in FEATURES]

    assert [each.bcm_version for each in pieces] == [1] * len(FEATURES)
    assert all(each.titles for each in pieces)


@pytest.mark.promise("AUTH-4.8")
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


@pytest.mark.promise("AUTH-4.8", "BCM-18.12")
@pytest.mark.requirement("AUTH-4", "BCM-17")
def test_member__switches_workspaces_until_removed(at_browser: BrowserCustomer, customers: Customers) -> None:
    """Somebody invited finds the host's workspace in the switcher, reads it, and after the removal only their own."""
    owner, guest = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    at_browser.becomes(guest.identity)
    at_browser.log_in()
    switcher = at_browser.page.get_by_role("combobox", name="Workspace", exact=True)
    own = customers.answers_of(guest)[1]["company_name"]
    theirs = customers.answers_of(owner)[1]["company_name"]
    invitation = {"email": guest.identity.email, "role": "member"}
    assert owner.call("POST", "members", invitation, workspace=owner.workspace_id).status == 202

    at_browser.open("/dashboard")
    switcher.select_option(owner.workspace_id)
    with at_browser.page.expect_navigation():
        at_browser.page.get_by_role("button", name="Switch", exact=True).click()
    assert at_browser.bcm().manifest["company"]["name"] == theirs

    assert owner.call("DELETE", "member", workspace=owner.workspace_id, user=guest.user_id).status == 204
    at_browser.open("/dashboard")
    expect(switcher.get_by_role("option")).to_have_count(1)
    assert at_browser.bcm().manifest["company"]["name"] == own
