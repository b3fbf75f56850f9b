"""Who is let in, who is put out, and what a rank allows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.transport import Response
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("AUTH-4")


def invite(host: HttpCustomer, email: str, role: str = "member") -> Response:
    """Ask somebody into the host's own workspace."""
    return host.call("POST", "members", {"email": email, "role": role}, workspace=host.workspace_id)


def remove(host: HttpCustomer, workspace: str, user: str) -> Response:
    """Put somebody out."""
    return host.call("DELETE", "member", workspace=workspace, user=user)


def payments_in(guest: HttpCustomer, workspace: str) -> Response:
    """Something that every member may read."""
    return guest.call("GET", "payments", headers={"x-workspace-id": workspace})


def let_in(customers: Customers, host: HttpCustomer, role: str = "member") -> HttpCustomer:
    """A new customer who is a member of the host's workspace."""
    guest = customers.a_new_customer()
    assert invite(host, guest.identity.email, role).status == 202
    return guest


@pytest.mark.promise("AUTH-4.5")
def test_invitation__same_words_for_everybody(customers: Customers) -> None:
    """The host does not learn whether an address has an account."""
    host, known, unknown = customers.a_new_customer(), customers.a_new_customer(), customers.stranger()

    first, second = invite(host, known.identity.email), invite(host, unknown.identity.email)

    assert (first.status, second.status) == (202, 202)
    assert first.json() == second.json()


@pytest.mark.promise("AUTH-4.6", "AUTH-4.3")
def test_invited_stranger__is_a_member_from_signup_on(customers: Customers) -> None:
    """An invitation becomes a membership at signup; the newcomer's own workspace stays their first."""
    host, newcomer = customers.a_new_customer(), customers.stranger()
    invite(host, newcomer.identity.email.upper())
    guest = customers.nobody()

    guest.sign_up(newcomer.identity)

    own, other = guest.call("GET", "workspaces").json()["workspaces"]
    assert (own["id"], own["role"]) == (guest.workspace_id, "owner")
    assert (other["id"], other["role"]) == (host.workspace_id, "member")
    assert payments_in(guest, host.workspace_id).status == 200


def test_invitation_and_signup_at_once__make_a_member(customers: Customers, system: System) -> None:
    """A signup waits for the invitation of its address that is being written, and then accepts it."""
    host, newcomer, guest = customers.a_new_customer(), customers.stranger(), customers.nobody()
    claims = json.dumps({"sub": host.user_id, "role": "authenticated"})
    with (
        ThreadPoolExecutor(1) as elsewhere,
        psycopg.connect(need(system.app_dsn, "the application's database")) as inviting,
    ):
        inviting.execute("select set_config('role', 'authenticated', true)")
        inviting.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        wish = (host.workspace_id, newcomer.identity.email)
        inviting.execute("select private.invite(%s, %s, 'member', '2026-01-01T00:00:00Z')", wish)
        signup = elsewhere.submit(guest.sign_up, newcomer.identity)
        done, _ = wait([signup], timeout=0.2)
        inviting.commit()
        signup.result()

    assert not done
    assert payments_in(guest, host.workspace_id).status == 200


@pytest.mark.promise("AUTH-4.13")
def test_guest__acts_in_their_own_workspace_unless_they_say_otherwise(customers: Customers) -> None:
    """Without X-Workspace-ID a guest is at home, whatever workspaces they were let into before or since."""
    host, later, newcomer = customers.a_new_customer(), customers.a_new_customer(), customers.stranger()
    invite(host, newcomer.identity.email)
    guest = customers.nobody()
    guest.sign_up(newcomer.identity)
    invite(later, newcomer.identity.email)

    said = guest.call("GET", "me").json()

    assert said["workspace"]["id"] == guest.workspace_id
    assert said["workspaces"][0]["id"] == guest.workspace_id
    assert {each["id"] for each in said["workspaces"]} == {guest.workspace_id, host.workspace_id, later.workspace_id}


@pytest.mark.promise("AUTH-4.8")
def test_removed_member__is_out_with_the_next_request(customers: Customers) -> None:
    """A removed member's valid token opens nothing of the workspace any more, as if it did not exist."""
    host = customers.a_new_customer()
    guest = let_in(customers, host)
    assert payments_in(guest, host.workspace_id).status == 200

    assert remove(host, host.workspace_id, guest.user_id).status == 204

    gone = refused(payments_in(guest, host.workspace_id), 404, "WORKSPACE_NOT_FOUND")
    never = refused(payments_in(guest, "00000000-0000-4000-8000-000000000000"), 404, "WORKSPACE_NOT_FOUND")
    assert gone["detail"] == never["detail"]


@pytest.mark.promise("AUTH-4.9")
def test_last_owner__stays(customers: Customers) -> None:
    """The last owner cannot be removed, not even by themselves."""
    host = customers.a_new_customer()

    refused(remove(host, host.workspace_id, host.user_id), 409, "LAST_OWNER")

    assert payments_in(host, host.workspace_id).status == 200


@pytest.mark.promise("AUTH-4.10")
@pytest.mark.parametrize(
    ("actor", "target", "status"),
    [
        ("member", "member", 403),
        ("member", "owner", 403),
        ("admin", "member", 204),
        ("admin", "admin", 403),
        ("admin", "owner", 403),
        ("owner", "admin", 204),
        ("owner", "owner", 204),
    ],
)
def test_removal__by_rank(customers: Customers, actor: str, target: str, status: int) -> None:
    """Admins remove members; only an owner removes admins and owners."""
    host = customers.a_new_customer()
    removing, removed = let_in(customers, host, actor), let_in(customers, host, target)

    answer = remove(removing, host.workspace_id, removed.user_id)

    assert answer.status == status
    assert payments_in(removed, host.workspace_id).status == (404 if status == 204 else 200)


@pytest.mark.promise("AUTH-4.11", "AUTH-4.7")
@pytest.mark.parametrize(
    ("actor", "role", "status"),
    [("member", "member", 403), ("admin", "admin", 202), ("admin", "owner", 403), ("owner", "owner", 202)],
)
def test_invitation__by_rank(customers: Customers, actor: str, role: str, status: int) -> None:
    """A member invites nobody; nobody invites above their own rank."""
    host, invited = customers.a_new_customer(), customers.a_new_customer()
    inviting = let_in(customers, host, actor)

    answer = inviting.call(
        "POST", "members", {"email": invited.identity.email, "role": role}, workspace=host.workspace_id
    )

    assert answer.status == status
    assert payments_in(invited, host.workspace_id).status == (200 if status == 202 else 404)


@pytest.mark.promise("AUTH-4.2", "BCM-17.8")
@pytest.mark.requirement("BCM-17", "PAY-6")
def test_second_workspace__is_apart_from_the_first(customers: Customers) -> None:
    """A person of two workspaces sees one's payments in the one and none of them in the other."""
    customer = customers.a_paid_customer()
    second = customer.call("POST", "workspaces", {"name": "Second"}).json()

    assert second["owner_identification_number"] == customer.identification_number
    assert len(payments_in(customer, customer.workspace_id).json()["payments"]) == 1
    assert payments_in(customer, second["id"]).json()["payments"] == []
    assert customer.payment is not None
    elsewhere = customer.call("GET", "payment", payment=customer.payment.id, headers={"x-workspace-id": second["id"]})
    refused(elsewhere, 404, "PAYMENT_NOT_FOUND")
