"""The business context: one row for each workspace, edited under the steps' own validation, its owner's alone."""

from __future__ import annotations

import pytest

from core.contract import FEATURES
from fixtures.customers import Customers
from tests.support.longest import leaves
from tests.support.problems import refused
from witness.database import DatabaseWitness

pytestmark = pytest.mark.requirement("BCM-16")


@pytest.mark.promise("BCM-16.1")
def test_completed__holds_every_answer(customers: Customers) -> None:
    """What was answered in 23 steps is the business context's first version."""
    customer = customers.a_customer_with_a_manifest()

    context = customer.business_context()

    assert context.version == 1
    assert set(context.answers) == {str(n) for n in range(1, 24)}
    for n, given in customers.answers_of(customer).items():
        held = leaves(context.answers[str(n)])
        assert [leaf for leaf in leaves(given) if leaf not in held] == [], n


@pytest.mark.promise("BCM-16.1")
def test_stored__is_one_row_of_the_workspace(customers: Customers, database: DatabaseWitness) -> None:
    """PostgreSQL holds the content once, as it is answered."""
    customer = customers.a_customer_with_a_manifest()

    rows = database.rows("business_contexts", customer.workspace_id)

    assert [row["content"]["answers"] for row in rows] == [customer.business_context().answers]


@pytest.mark.promise("BCM-16.8")
def test_before_completion__is_not_ready(customers: Customers) -> None:
    """There is no context to read or to change before onboarding is completed."""
    customer = customers.a_customer_at_step(2)
    body = {"content": {"answers": {}}, "version": 0}

    refused(customer.call("GET", "business_context"), 412, "BCM_NOT_READY")
    refused(customer.call("PUT", "business_context", body), 412, "BCM_NOT_READY")


def test_changed__has_the_next_version(customers: Customers) -> None:
    """A change is read back, and counts the version on."""
    customer = customers.a_customer_with_a_manifest()
    before = customer.business_context()

    after = customer.change_context(before, {"9": before.answers["9"] | {"category": "Audited catering"}})

    assert (after.version, after.answers["9"]["category"]) == (2, "Audited catering")
    assert customer.business_context() == after


@pytest.mark.promise("BCM-16.3")
def test_stale__conflicts_and_changes_nothing(customers: Customers) -> None:
    """A change of a version that is gone is refused, and says the present one."""
    customer = customers.a_customer_with_a_manifest()
    first = customer.business_context()
    second = customer.change_context(first, {"6": {"market_trends": ["Saved first"]}})
    content = {"answers": {**first.answers, "6": {"market_trends": ["Too late"]}}}

    late = customer.call("PUT", "business_context", {"content": content, "version": first.version})

    assert refused(late, 409, "VERSION_CONFLICT")["current_version"] == 2
    assert customer.business_context() == second


@pytest.mark.promise("BCM-16.2")
def test_wrong__names_every_bad_field_of_every_step(customers: Customers) -> None:
    """The same validation as in the steps, over all of them at once."""
    customer = customers.a_customer_with_a_manifest()
    context = customer.business_context()
    answers = {n: data for n, data in context.answers.items() if n != "6"}
    answers["9"] = context.answers["9"] | {"category": ""}
    answers["24"] = {}

    answer = customer.call(
        "PUT", "business_context", {"content": {"answers": answers, "more": 1}, "version": context.version}
    )

    document = refused(answer, 422, "INVALID_INPUT")
    assert {entry["field"] for entry in document["errors"]} == {
        "body.content.more",
        "body.content.answers.24",
        "body.content.answers.6.market_trends",
        "body.content.answers.9.category",
    }
    assert customer.business_context() == context


@pytest.mark.promise("BCM-18.13")
@pytest.mark.requirement("BCM-18")
def test_unpaid__is_asked_to_pay(customers: Customers) -> None:
    """No context, manifest or feature opens without a paid plan."""
    customer = customers.a_new_customer()

    for route in ("business_context", "bcm", "bcm_versions", "bcm_export", *FEATURES):
        refused(customer.call("GET", route), 402, "SUBSCRIPTION_REQUIRED")


@pytest.mark.promise("BCM-17.16")
@pytest.mark.requirement("BCM-17")
def test_another_tenants__is_not_there(customers: Customers) -> None:
    """With another's workspace named, context, manifest and features are 404, as if they did not exist."""
    mine, theirs = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    headers = {"x-workspace-id": theirs.workspace_id}

    for route in ("business_context", "bcm", "bcm_versions", "bcm_export", "cohorts", "daily-wins"):
        refused(mine.call("GET", route, headers=headers), 404, "WORKSPACE_NOT_FOUND")
    refused(mine.call("POST", "bcm_rebuild", headers=headers), 404, "WORKSPACE_NOT_FOUND")


@pytest.mark.promise("BCM-17.16")
@pytest.mark.requirement("BCM-17")
def test_two_tenants__never_see_each_others_words(customers: Customers) -> None:
    """Whatever one customer reads has their own mark in it, and never the other's."""
    one, other = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    for customer in (one, other):
        customer.generate("campaigns")

    for mine, theirs in ((one, other), (other, one)):
        for route in ("business_context", "bcm", "bcm_export", "campaigns", "session"):
            text = mine.call("GET", route).text
            assert theirs.identity.canary not in text, route
        assert mine.identity.canary in mine.call("GET", "bcm").text
