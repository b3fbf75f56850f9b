"""Everything of one workspace, asked by somebody who has another in every other state."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.http import HttpCustomer
from fixtures.customers import Customers
from stack.system import System
from tests.support.cast import Cast, by_browser, let_in, pay_for, rows_of
from tests.support.gates import FEATURES, STATES, State

READS = (
    "me",
    "payments",
    "subscription",
    "session",
    "business_context",
    "bcm",
    "bcm_versions",
    "bcm_export",
    *FEATURES,
)
PAGES = ("/welcome", "/dashboard", "/billing", "/onboarding/plans", "/onboarding/success", "/onboarding/session/step/1")
WHERE: dict[State, tuple[str, bool, str, str | None]] = {
    "unpaid": ("not_started", True, "/onboarding/plans", None),
    "paid": ("not_started", False, "/onboarding/session/step/1", "active"),
    "manifest": ("completed", False, "/dashboard", "active"),
}
"""What me says of a workspace of this state, where its people belong, and its subscription."""


def seen_by(customer: HttpCustomer, workspace: str) -> dict[str, tuple[int, Any]]:
    """What somebody reads of a workspace, by route; without what is their own."""
    there = {"x-workspace-id": workspace}
    answers = {name: customer.call("GET", name, headers=there) for name in READS if name != "me"}
    refusals = {name: answer.json().get("code", "") for name, answer in answers.items() if answer.status >= 400}
    return {name: (answer.status, refusals.get(name) or answer.json()) for name, answer in answers.items()}


@pytest.mark.promise("AUTH-4.12", "AUTH-4.13", "AUTH-4.17", "BCM-17.8", "BCM-18.12", "PAY-9.18", "PAY-9.12", "ONB-11.3")
@pytest.mark.promise("AUTH-3.4", "BCM-18.11", "ONB-11.4", "AUTH-4.3")
def test_each_workspace__is_answered_for_itself(customers: Customers, system: System) -> None:
    """An owner of three workspaces and a guest of all of them who has a fourth, by API and page, are told of each what
    stands there, and of none what stands in another; without a choice they are in their own first one.
    """
    cast = Cast.of(customers)
    guest = cast.actors["admin"]
    pay_for(guest, guest.workspace_id, {"plan": "soar", "billing_cycle": "annual"})
    for who in (cast.owner, guest):
        seen: dict[str, dict[str, tuple[int, Any]]] = {}
        for state in STATES:
            workspace = cast.workspaces[state]
            me = who.call("GET", "me", headers={"x-workspace-id": workspace}).json()
            status, pays, place, plan = WHERE[state]
            assert (me["workspace"]["id"], me["onboarding_status"], me["needs_payment"]) == (workspace, status, pays)
            assert me["workspace"]["role"] == ("owner" if who is cast.owner else "admin")
            seen[state] = seen_by(who, workspace)
            assert seen[state] == seen_by(cast.owner, workspace)
            subscription = who.call("GET", "subscription", headers={"x-workspace-id": workspace}).json()
            standing = subscription["subscription"]
            assert (standing and standing["status"], subscription["needs_payment"]) == (plan, pays)
            cookies = cast.cookies_of("owner" if who is cast.owner else "admin", state)
            paths = PAGES[:-1] if state == "paid" else PAGES  # a step's page opens the session
            answers = {path: by_browser(who, "GET", path, cookies) for path in paths}
            assert answers["/welcome"].headers["location"] == place, state
            orders = {other: payment["merchant_order_id"] for other, payment in cast.payments.items()}
            assert [other for other in STATES if orders[other] in answers["/billing"].text] == [state]
            assert (answers["/dashboard"].status == 200) == (state == "manifest")
            for path, answer in answers.items():
                assert answer.status in (200, 303), (path, answer.status)
                assert "soar" not in answer.text.lower() or path == "/onboarding/plans", path
        assert [state for state in STATES if cast.owner.identity.canary in str(seen[state])] == ["manifest"]
        first = who.call("GET", "me").json()
        assert first["workspace"]["id"] == who.workspace_id
        assert first["workspaces"][0]["id"] == who.workspace_id
    own = guest.call("GET", "subscription").json()["subscription"]
    assert (own["plan"], own["billing_cycle"]) == ("soar", "annual")
    assert {each["id"]: each["role"] for each in guest.call("GET", "workspaces").json()["workspaces"]} == {
        guest.workspace_id: "owner",
        **dict.fromkeys(cast.workspaces.values(), "admin"),
    }


@pytest.mark.promise("BCM-17.8", "PAY-9.18", "PAY-10.5", "ONB-12.1", "BCM-18.12")
def test_writing_in_each__writes_there_alone(customers: Customers, system: System) -> None:
    """What is bought, answered, edited, rebuilt, generated, refunded and cancelled in one workspace, by API and page,
    changes that one and no other.
    """
    cast = Cast.of(customers)
    who = cast.owner
    step = {"data": customers.answers_of(who)[1], "version": 0}
    context = {"content": {"answers": dict(who.business_context().answers)}, "version": 1}
    context["content"]["answers"]["6"] = {"market_trends": ["Elsewhere"]}  # type: ignore[index]
    payment = {state: cast.payments[state]["id"] for state in STATES}
    writes: dict[State, tuple[tuple[str, str, object, dict[str, Any]], ...]] = {
        "unpaid": (("POST", "payments", {"plan": "glide", "billing_cycle": "annual"}, {}),),
        "paid": (
            ("POST", "session", None, {}),
            ("PUT", "draft", {"data": {}}, {"step": 1}),
            ("PUT", "step", step, {"step": 1}),
            ("POST", "refunds", {"amount": 100}, {"payment": payment["paid"]}),
            ("POST", "cancel_subscription", None, {}),
        ),
        "manifest": (
            ("PUT", "business_context", context, {}),
            ("POST", "bcm_rebuild", None, {}),
            *(("POST", feature, None, {}) for feature in FEATURES),
            ("POST", "refunds", {"amount": 100}, {"payment": payment["manifest"]}),
            ("POST", "cancel_subscription", None, {}),
        ),
    }
    for state, calls in writes.items():
        others = [cast.workspaces[each] for each in STATES if each != state]
        before, own = rows_of(system, others), rows_of(system, [cast.workspaces[state]])
        for method, route, body, parts in calls:
            headers = {"x-workspace-id": cast.workspaces[state], "idempotency-key": f"one-{state}"}
            answer = who.call(method, route, body, headers=headers, **parts)
            assert answer.status in (200, 201), (state, route, answer.text)
        assert rows_of(system, others) == before, state
        assert rows_of(system, [cast.workspaces[state]]) != own
    pages: dict[State, tuple[tuple[str, dict[str, str]], ...]] = {
        "paid": (("/onboarding/session/step/2/draft", {"personality": "Calm", "version": "0"}),),
        "manifest": (("/dashboard/features/moves", {}), ("/dashboard/rebuild", {})),
        "unpaid": (("/onboarding/plans", {"plan": "soar", "billing_cycle": "annual", "attempt": "a"}),),
    }
    for state, forms in pages.items():
        others = [cast.workspaces[each] for each in STATES if each != state]
        before = rows_of(system, others)
        for path, form in forms:
            assert by_browser(who, "POST", path, cast.cookies_of("owner", state), form).status in (200, 204, 303)
        assert rows_of(system, others) == before, state


@pytest.mark.promise("AUTH-4.8", "AUTH-4.7", "AUTH-4.3", "AUTH-4.14")
def test_let_in_again__with_the_new_role(customers: Customers) -> None:
    """Who was removed is a stranger until somebody lets them in again, and then has the role that they are given."""
    host, guest = customers.a_new_customer(), customers.a_new_customer()
    there = {"x-workspace-id": host.workspace_id}
    for role, status in (("admin", 201), ("member", 403), ("owner", 201)):
        let_in(host, guest, host.workspace_id, role)
        wish = {"plan": "glide", "billing_cycle": "monthly"}
        assert guest.call("POST", "payments", wish, headers={**there, "idempotency-key": role}).status == status
        assert guest.call("GET", "workspaces").json()["workspaces"][1]["role"] == role
        assert host.call("DELETE", "member", workspace=host.workspace_id, user=guest.user_id).status == 204
        again = {"email": guest.identity.email, "role": "member"}
        assert guest.call("POST", "members", again, workspace=host.workspace_id).status == 404
        assert guest.call("GET", "payments", headers=there).status == 404
        assert len(guest.call("GET", "workspaces").json()["workspaces"]) == 1
