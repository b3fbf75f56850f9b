"""Every write that must happen once, asked for by several at the same moment, held until they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from stack.slice import Slice
from stack.system import System
from tests.support.buying import bought, buy, subscription
from tests.support.cast import let_in, new_workspace
from tests.support.together import meeting, together


def counted(answers: list[Response]) -> dict[int, int]:
    """How often each status came."""
    return dict(Counter(answer.status for answer in answers))


@pytest.mark.promise("AUTH-4.9", "AUTH-4.10")
@pytest.mark.parametrize("way", ["each other", "themselves"])
def test_two_owners_who_go_at_once__one_stays(customers: Customers, system: System, way: str) -> None:
    """Two owners who remove each other, or themselves, at the same moment leave one owner behind."""
    one, other = customers.a_new_customer(), customers.a_new_customer()
    workspace = one.workspace_id
    let_in(one, other, workspace, "owner")
    pair = (one, other)

    def go(number: int) -> Response:
        gone = pair[number] if way == "themselves" else pair[1 - number]
        return pair[number].call("DELETE", "member", workspace=workspace, user=gone.user_id)

    answers = meeting(2, go, system, "select from public.workspaces where id = %s for update", workspace)

    assert sorted(counted(answers)) in ([204, 404], [204, 409]), counted(answers)
    left = [each.call("GET", "payments", headers={"x-workspace-id": workspace}).status for each in pair]
    assert sorted(left) == [200, 404]


@pytest.mark.promise("BCM-16.3", "BCM-16.4", "ONB-13.4")
def test_contexts_changed_at_once__one_is_kept(customers: Customers, system: System) -> None:
    """Of six edits of the business context that were all made over one version one is kept, the others conflict; six
    edits by page are no different.
    """
    customer = customers.a_customer_with_a_manifest()
    answers = dict(customer.business_context().answers)

    def change(number: int) -> Response:
        body = {"content": {"answers": answers | {"6": {"market_trends": [f"Trend {number}"]}}}, "version": 1}
        return customer.call("PUT", "business_context", body)

    row = "select from public.business_contexts where workspace_id = %s for update"
    done = meeting(6, change, system, row, customer.workspace_id)

    assert counted(done) == {200: 1, 409: 5}
    kept = customer.business_context()
    winner = next(answer for answer in done if answer.status == 200).json()
    assert (kept.version, kept.answers) == (2, winner["content"]["answers"])


@pytest.mark.promise("AUTH-4.2", "AUTH-4.4")
def test_workspaces_made_at_once__each_has_its_own_slug(customers: Customers) -> None:
    """Of workspaces of one name that one person makes at the same moment each is made; no two have one slug, and every
    slug ends in the owner's number.
    """
    customer = customers.a_new_customer()

    answers = together(6, lambda _: customer.call("POST", "workspaces", {"name": "Same name"}))

    assert counted(answers) == {201: 6}, [answer.text for answer in answers]
    slugs = [each["slug"] for each in customer.call("GET", "workspaces").json()["workspaces"]]
    assert len(slugs) == len(set(slugs)) == 1 + sum(answer.status == 201 for answer in answers)
    assert all(slug.endswith(f"-{customer.identification_number}") for slug in slugs)


@pytest.mark.promise("AUTH-4.6", "AUTH-4.7", "AUTH-4.5")
def test_invited_at_once__one_membership(customers: Customers, system: System) -> None:
    """Somebody whom two admins let in at the same moment, with and without an account, is a member once."""
    host, second, known, newcomer = (customers.a_new_customer() for _ in range(4))
    stranger = customers.stranger()
    let_in(host, second, host.workspace_id, "admin")

    for email in (known.identity.email, stranger.identity.email):
        wishes = [(host, email, "admin"), (second, email.upper(), "member")] * 3

        def ask(number: int, wishes: list[tuple[HttpCustomer, str, str]] = wishes) -> Response:
            who, address, role = wishes[number]
            return who.call("POST", "members", {"email": address, "role": role}, workspace=host.workspace_id)

        assert counted(together(6, ask)) == {202: 6}
    newcomer = customers.nobody()
    newcomer.sign_up(stranger.identity)
    for guest in (known, newcomer):
        seen = [each["id"] for each in guest.call("GET", "workspaces").json()["workspaces"]]
        assert seen == [guest.workspace_id, host.workspace_id]
        assert guest.call("GET", "payments", headers={"x-workspace-id": host.workspace_id}).status == 200


@pytest.mark.promise("PAY-9.1", "PAY-9.5", "PAY-7.3")
def test_purchases_settled_at_once__each_has_its_period(
    customers: Customers, system: System, witnesses: Witnesses
) -> None:
    """Two purchases of one plan that complete at the same moment are two periods, one after the other, without gap or
    overlap; however often each is told of.
    """
    customer, pages = customers.a_new_customer(), list[str]()
    for _ in range(2):
        customer.choose_plan("glide", "monthly")
        pages.append(customer.gateway_page)
    payers = [customer, customer.at_another_device()]
    payers[1].log_in()

    def pay(number: int) -> None:
        payers[number].gateway_page = pages[number]
        payers[number].pay(come_back=False)

    together(2, pay)
    periods = sorted(until_settled(customer, witnesses, 2), key=lambda row: (row["period_start"], row["period_end"]))
    assert periods[0]["period_end"] == periods[1]["period_start"]
    assert len({row["payment_id"] for row in periods}) == 2


def until_settled(customer: HttpCustomer, witnesses: Witnesses, count: int) -> list[dict[str, Any]]:
    """The workspace's subscriptions, once there are so many."""
    return until(
        lambda: [dict(row) for row in witnesses.database.rows("subscriptions", customer.workspace_id)],
        lambda rows: len(rows) >= count,
        f"{count} subscriptions",
    )


@pytest.mark.promise("PAY-10.4", "PAY-10.3", "PAY-10.5")
def test_one_key_for_two_wishes_at_once__one_is_bought(customers: Customers, witnesses: Witnesses) -> None:
    """Of two different purchases under one key at the same moment one is made and the other refused; the same key in
    two workspaces of one person makes two.
    """
    customer = customers.a_new_customer()
    second = new_workspace(customer, "Second")
    plans = ("glide", "soar")

    answers = together(6, lambda n: buy(customer, "one-key", {"plan": plans[n % 2], "billing_cycle": "monthly"}))

    statuses = counted(answers)
    assert (statuses[201], statuses[422]) == (1, 3)
    assert witnesses.database.count("payments", workspace_id=customer.workspace_id) == 1

    def there(number: int) -> Response:
        headers = {"idempotency-key": "both", "x-workspace-id": (customer.workspace_id, second)[number]}
        return customer.call("POST", "payments", {"plan": "glide", "billing_cycle": "monthly"}, headers=headers)

    assert counted(together(2, there)) == {201: 2}


@pytest.mark.promise("PAY-9.10")
def test_cancelled_at_once__is_cancelled_once(customers: Customers) -> None:
    """Five cancellations at the same moment are one, and say the same."""
    customer = customers.a_new_customer()
    bought(customer)

    answers = together(5, lambda _: customer.call("POST", "cancel_subscription"))

    assert counted(answers) == {200: 5}
    said = subscription(customer)
    assert said["subscription"]["status"] == "cancelled"
    assert all(answer.json()["subscription"]["cancelled_at"] for answer in answers)


@pytest.mark.promise("BCM-19.7", "BCM-18.8")
@pytest.mark.parametrize("feature", ["cohorts", "campaigns", "moves", "muse", "daily-wins"])
def test_each_feature_asked_at_once__writes_once(customers: Customers, system: System, feature: str) -> None:
    """Each feature, asked by five at the same moment, writes its pieces once."""
    customer = customers.a_customer_with_a_manifest()
    row = "select from public.business_contexts where workspace_id = %s for update"

    answers = meeting(5, lambda _: customer.call("POST", feature), system, row, customer.workspace_id)

    assert counted(answers) == {201: 1, 200: 4}
    assert len({answer.body for answer in answers}) == 1
    positions = [item["position"] for item in customer.call("GET", feature).json()["items"]]
    assert positions == list(range(1, len(positions) + 1))


@pytest.mark.promise("AUTH-2.22")
def test_while_passwords_are_hashed__others_are_answered(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """With eight logins whose hashes take long, somebody who asks something else is answered at once."""
    own = make_slice(ARGON2_MEMORY_KIB="65536", ARGON2_TIME_COST="6", ARGON2_THREADS="1")
    customer = Customers(own.system, transport, "hashing").a_new_customer()

    def log_in(password: str) -> float:
        entry = {"email": customer.identity.email, "password": password}
        return customer.call("POST", "login", entry).elapsed_s

    alone = log_in(customer.identity.password)
    took: list[float] = []

    def ask(number: int) -> None:
        if number:
            log_in(f"wrong password {number}")
        else:
            live = Request("GET", f"{own.system.base_url}/health/live")
            took.extend(transport.send(live).elapsed_s for _ in range(10))

    together(6, ask)

    assert sorted(took)[len(took) // 2] < alone / 2, (took, alone)
