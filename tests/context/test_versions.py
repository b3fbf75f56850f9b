"""Versions are 1, 2, 3 … for each workspace, whoever rebuilds when, and the latest one is what everybody reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from drivers.http import HttpCustomer
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.support.problems import refused
from tests.support.together import meeting, together

pytestmark = [pytest.mark.requirement("ONB-14"), pytest.mark.requirement("BCM-18")]


@pytest.fixture
def cache(system: System) -> Iterator[Redis]:
    """The system's Redis, to write to."""
    with Redis.from_url(need(system.redis_url, "a Redis to write to"), decode_responses=True) as client:
        yield client


def key(customer: HttpCustomer) -> str:
    """Where the customer's latest manifest is cached."""
    return f"w:{customer.workspace_id}:bcm:latest"


def change(customer: HttpCustomer, trend: str) -> None:
    """Changes one answer."""
    customer.change_context(customer.business_context(), {"6": {"market_trends": [trend]}})


def versions(customer: HttpCustomer) -> list[int]:
    """The versions that there are, the latest first."""
    return [each["version"] for each in customer.call("GET", "bcm_versions").json()["versions"]]


@pytest.mark.promise("BCM-18.2")
def test_unchanged__makes_no_new_version(customers: Customers) -> None:
    """A rebuild without a change answers 200 with the version that there is."""
    customer = customers.a_customer_with_a_manifest()

    answer = customer.call("POST", "bcm_rebuild")

    assert (answer.status, answer.json()["version"], versions(customer)) == (200, 1, [1])


@pytest.mark.promise("BCM-18.3")
def test_changed__makes_the_next_version(customers: Customers) -> None:
    """A rebuild after a change answers 201 with the next version; the one before stays readable as it was."""
    customer = customers.a_customer_with_a_manifest()
    before = customer.bcm()
    change(customer, "Prices fall")

    answer = customer.call("POST", "bcm_rebuild")

    assert (answer.status, answer.json()["version"]) == (201, 2)
    assert "Prices fall" in str(customer.bcm().manifest)
    first = customer.call("GET", "bcm_version", version=1).json()
    assert (first["checksum"], first["manifest"]) == (before.checksum, before.manifest)


@pytest.mark.promise("BCM-18.1")
def test_rebuilt_at_once__makes_one_version(customers: Customers) -> None:
    """Twenty rebuilds of one change at the same moment make one version, and all say which."""
    customer = customers.a_customer_with_a_manifest()
    change(customer, "Once")

    answers = together(20, lambda _: customer.call("POST", "bcm_rebuild"))

    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert {answer.json()["version"] for answer in answers} == {2}
    assert versions(customer) == [2, 1]


@pytest.mark.promise("BCM-18.1")
def test_rebuilds_that_meet_at_the_same_row__take_turns(customers: Customers, system: System) -> None:
    """Eight rebuilds that all come as far as they can before the first may write: one version, and all say which."""
    customer = customers.a_customer_with_a_manifest()
    change(customer, "Met")

    lock = "lock table public.bcm_manifests in share mode"
    done = meeting(8, lambda _: customer.call("POST", "bcm_rebuild"), system, lock)

    assert sorted(answer.status for answer in done) == [200] * 7 + [201]
    assert {answer.json()["version"] for answer in done} == {2}
    assert versions(customer) == [2, 1]


@pytest.mark.promise("BCM-18.1")
def test_changed_and_rebuilt_at_once__leaves_no_gap(customers: Customers) -> None:
    """With many hands changing and rebuilding at once, versions have neither gap nor duplicate."""
    customer = customers.a_customer_with_a_manifest()

    def turn(number: int) -> int:
        context = customer.business_context()
        content = {"answers": {**context.answers, "6": {"market_trends": [f"Trend {number}"]}}}
        customer.call("PUT", "business_context", {"content": content, "version": context.version})
        return customer.call("POST", "bcm_rebuild").status

    statuses = together(20, turn)

    assert set(statuses) <= {200, 201}
    assert versions(customer) == list(range(statuses.count(201) + 1, 0, -1))


def test_no_such_version__is_not_found(customers: Customers) -> None:
    """A version that was never made is a plain 404."""
    customer = customers.a_customer_with_a_manifest()

    refused(customer.call("GET", "bcm_version", version=2), 404, "BCM_VERSION_NOT_FOUND")


@pytest.mark.promise("BCM-18.5")
def test_read__is_cached_for_a_day(customers: Customers, cache: Redis) -> None:
    """A read leaves the latest manifest in Redis for 24 hours."""
    customer = customers.a_customer_with_a_manifest()
    customer.bcm()

    seconds = cache.ttl(key(customer))

    assert isinstance(seconds, int)
    assert 24 * 3600 - 120 < seconds <= 24 * 3600


@pytest.mark.promise("BCM-18.6")
def test_stale_cache__is_not_served(customers: Customers, cache: Redis) -> None:
    """An older version that is back in Redis is not what is read."""
    customer = customers.a_customer_with_a_manifest()
    customer.bcm()
    older = cache.get(key(customer))
    change(customer, "Newer")
    customer.rebuild()
    assert isinstance(older, str)
    cache.set(key(customer), older)

    assert "Newer" in str(customer.bcm().manifest)


@pytest.mark.promise("BCM-18.6")
@pytest.mark.requirement("BCM-17")
def test_foreign_cache__is_not_served(customers: Customers, cache: Redis) -> None:
    """Another tenant's manifest under this tenant's key is not what is read, nor is rubbish."""
    mine, theirs = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    own = mine.bcm()
    theirs.bcm()
    foreign = cache.get(key(theirs))
    assert isinstance(foreign, str)

    for planted in (foreign, "{rubbish", "[]", ""):
        cache.set(key(mine), planted)
        assert mine.bcm() == own


@pytest.mark.promise("BCM-18.9")
def test_member__reads_and_does_not_rebuild(customers: Customers) -> None:
    """A member of the workspace reads the manifest; rebuilding it is for admins."""
    owner = customers.a_customer_with_a_manifest()
    member = customers.a_new_customer()
    invitation = {"email": member.identity.email, "role": "member"}
    invited = owner.call("POST", "members", invitation, workspace=owner.workspace_id)
    headers = {"x-workspace-id": owner.workspace_id}

    assert invited.status == 202
    assert member.call("GET", "bcm", headers=headers).json()["checksum"] == owner.bcm().checksum
    refused(member.call("POST", "bcm_rebuild", headers=headers), 403, "FORBIDDEN_ROLE")
