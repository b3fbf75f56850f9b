"""Sessions persist: in Redis for seven days, in PostgreSQL whatever happens to Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.stack import a_redis, need, need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from stack.system import System
from tests.support.door import Door
from tests.support.problems import refused
from tests.support.together import meeting
from witness.redis import RedisWitness

pytestmark = pytest.mark.requirement("ONB-12")
WEEK_SECONDS = 7 * 24 * 3600


def session_id(customer: HttpCustomer) -> str:
    """The customer's session."""
    found: str = customer.call("GET", "session").json()["id"]
    return found


@pytest.fixture
def cache(system: System) -> Iterator[Redis]:
    """The system's Redis, to write to."""
    with Redis.from_url(need(system.redis_url, "a Redis to write to"), decode_responses=True) as client:
        yield client


def forget(cache: Redis, session: str) -> int:
    """Empties Redis of one session, as a flush would; returns how many keys it had."""
    keys = list(cache.scan_iter(match=f"onboarding:{session}:*"))
    return len(keys) if keys and cache.delete(*keys) else 0


@pytest.mark.promise("ONB-12.1")
def test_opened_twice__is_one_session(customers: Customers) -> None:
    """The first call opens a session (201), the second returns it (200)."""
    customer = customers.a_paid_customer()

    first, second = customer.call("POST", "session"), customer.call("POST", "session")

    assert (first.status, second.status) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.promise("ONB-12.2")
def test_opened_at_once__is_one_session(customers: Customers, system: System) -> None:
    """Eight calls that have all looked before the first of them may write open one session."""
    customer = customers.a_paid_customer()

    lock = "lock table public.onboarding_sessions in share mode"
    answers = meeting(8, lambda _: customer.call("POST", "session"), system, lock)

    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.promise("ONB-12.3")
def test_before_it_is_opened__is_not_found(customers: Customers) -> None:
    """Reading a session that was never opened is a plain 404."""
    refused(customers.a_paid_customer().call("GET", "session"), 404, "SESSION_NOT_FOUND")


@pytest.mark.promise("ONB-12.4")
def test_saved__lives_in_redis_for_seven_days(customers: Customers, redis: RedisWitness) -> None:
    """Answers, drafts, progress and metadata are in Redis, each for seven days from the last write."""
    customer = customers.a_customer_at_step(3)
    customer.call("PUT", "draft", {"data": {"contradictions": ["half a thou"]}}, step=3)

    held = redis.session(session_id(customer))

    assert held is not None
    assert set(held.steps) == {1, 2}
    assert held.steps[1]["data"]["company_name"] == customers.answers_of(customer)[1]["company_name"]
    assert held.drafts == {3: {"contradictions": ["half a thou"]}}
    assert held.progress is not None
    assert held.progress["completed"] == 2
    assert held.metadata is not None
    assert held.metadata["workspace_id"] == customer.workspace_id
    assert WEEK_SECONDS - 120 < held.seconds_left <= WEEK_SECONDS


@pytest.mark.promise("ONB-12.4")
def test_write__lets_the_whole_session_live_on(customers: Customers, cache: Redis, redis: RedisWitness) -> None:
    """A session that has an hour to live has seven days again once a step is saved: all of its keys."""
    customer = customers.a_customer_at_step(4)
    session = session_id(customer)
    for key in cache.scan_iter(match=f"onboarding:{session}:*"):
        cache.expire(str(key), 3600)

    customer.answer(4, customers.answers_of(customer)[4])

    held = redis.session(session)
    assert held is not None
    assert set(held.steps) == {1, 2, 3, 4}
    assert WEEK_SECONDS - 120 < held.seconds_left <= WEEK_SECONDS


@pytest.mark.promise("ONB-12.5")
def test_flushed_midway__loses_no_saved_step(customers: Customers, cache: Redis) -> None:
    """With Redis emptied in the middle, every saved step reads as before and onboarding goes on."""
    customer = customers.a_customer_at_step(6)
    before = [customer.read_step(n)["data"] for n in range(1, 6)]

    assert forget(cache, session_id(customer)) > 0
    assert [customer.read_step(n)["data"] for n in range(1, 6)] == before
    customer.answer(6, customers.answers_of(customer)[6])
    assert customer.start_onboarding() == 7


@pytest.mark.promise("ONB-12.5")
def test_flushed__a_draft_survives(customers: Customers, cache: Redis) -> None:
    """A draft is in PostgreSQL as well."""
    customer = customers.a_customer_at_step(1)
    customer.call("PUT", "draft", {"data": {"industry": "Spa"}}, step=1)

    forget(cache, session_id(customer))

    assert customer.read_step(1)["draft"] == {"industry": "Spa"}


@pytest.mark.promise("ONB-12.12")
def test_stale_in_redis__is_not_believed(customers: Customers, cache: Redis) -> None:
    """Answers of an older version that Redis still holds are not shown."""
    customer = customers.a_customer_at_step(2)
    key = f"onboarding:{session_id(customer)}:step:1"
    older = cache.get(key)
    customer.answer(1, customers.answers_of(customer)[1] | {"company_name": "Renamed"})
    assert isinstance(older, str)
    cache.set(key, older)

    assert customer.read_step(1)["data"]["company_name"] == "Renamed"


@pytest.mark.promise("ONB-12.5")
@pytest.mark.requirement("BCM-18")
def test_redis_down__onboarding_goes_on(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With Redis gone in the middle, a customer goes on, completes, and nothing that was saved is lost."""
    need_it_here(stack)
    with Door(tmp_path_factory.mktemp("r") / "s") as door:
        customers = Customers(make_slice(REDIS_URL=door.open(a_redis(stack))).system, transport, "redis-down")
        customer = customers.a_customer_at_step(6)
        before = customer.read_step(5)["data"]

    assert customer.read_step(5)["data"] == before
    customer.answer_all((n, data) for n, data in customers.answers_of(customer).items() if n >= 6)
    customer.complete()
    assert customer.bcm().version == 1


@pytest.mark.promise("ONB-12.6")
def test_progress__counts_completed_steps(customers: Customers) -> None:
    """Progress is how many steps are completed; saving an early one again, or drafting a later one, changes nothing."""
    customer = customers.a_customer_at_step(5)
    customer.answer(2, customers.answers_of(customer)[2])
    for step in (5, 9):
        customer.call("PUT", "draft", {"data": {"industry": "Spa"}}, step=step)

    progress = customer.call("GET", "session").json()["progress"]

    assert progress == {"completed": 4, "total": 23, "completed_steps": [1, 2, 3, 4], "next_step": 5}


@pytest.mark.promise("ONB-12.7")
def test_draft__is_kept_as_it_is(customers: Customers) -> None:
    """A draft is not validated, and does not complete its step."""
    customer = customers.a_customer_at_step(1)
    draft = {"company_name": "", "unheard_of": [1, {"deep": None}]}

    assert customer.call("PUT", "draft", {"data": draft}, step=1).status == 200
    assert customer.read_step(1) | {
        "draft": draft,
        "data": None,
        "version": 0,
        "completed": False,
    } == customer.read_step(1)


@pytest.mark.promise("ONB-12.8")
def test_draft__is_over_when_the_step_is_saved(customers: Customers) -> None:
    """Saving the step drops its draft."""
    customer = customers.a_customer_at_step(1)
    customer.call("PUT", "draft", {"data": {"industry": "Spa"}}, step=1)

    customer.answer(1, customers.answers_of(customer)[1])

    assert customer.read_step(1)["draft"] is None


@pytest.mark.promise("ONB-12.9")
def test_draft__that_comes_late_is_refused(customers: Customers) -> None:
    """A draft of an older version does not come back over what was saved since."""
    customer = customers.a_customer_at_step(2)

    late = customer.call("PUT", "draft", {"data": {"industry": "Old"}, "version": 0}, step=1)

    refused(late, 409, "VERSION_CONFLICT")
    assert customer.read_step(1)["draft"] is None


@pytest.mark.promise("ONB-12.10")
def test_another_device__finds_the_same_session(customers: Customers) -> None:
    """Logged in elsewhere, the customer finds their answers and the step they were on."""
    customer = customers.a_customer_at_step(4)
    elsewhere = customer.at_another_device()
    elsewhere.log_in()

    assert elsewhere.start_onboarding() == 4
    assert elsewhere.read_step(1)["data"] == customer.read_step(1)["data"]


@pytest.mark.promise("ONB-12.10")
def test_another_tenants_session__is_not_there(customers: Customers) -> None:
    """Naming another's workspace gives a 404, as if there were none."""
    mine, theirs = customers.a_customer_at_step(2), customers.a_customer_at_step(2)
    headers = {"x-workspace-id": theirs.workspace_id}

    refused(mine.call("GET", "session", headers=headers), 404, "WORKSPACE_NOT_FOUND")
    refused(mine.call("GET", "step", headers=headers, step=1), 404, "WORKSPACE_NOT_FOUND")
