"""Every limit of the contract, at it and one beyond, in characters and bytes, alone and all at once."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.witnesses import Witnesses
from stack.system import System
from tests.support.buying import bought, buy
from tests.support.cast import by_browser, session_cookies
from tests.support.documented import as_form, built, fields, least, of_step, put, whole
from tests.support.openapi import operations, properties
from tests.support.problems import bad_fields, refused

LETTERS = ("a", "é", "क", "\N{ROCKET}")
"""One to four bytes each in UTF-8; a limit counts them alike."""
LARGEST_BODY = 256 * 1024
LEAST = 100
"""The gateway gives back no less, in paise."""
NAMES: dict[str, dict[str, tuple[int, int]]] = {
    "POST /api/v1/auth/signup": {"email": (0, 254), "password": (8, 128), "full_name": (0, 200)},
    "POST /api/v1/auth/login": {"email": (0, 254), "password": (0, 128)},
    "POST /api/v1/auth/refresh": {"refresh_token": (0, 2048)},
    "PATCH /api/v1/auth/profile": {"full_name": (0, 200), "company": (0, 200), "phone": (0, 32)},
    "POST /api/v1/workspaces": {"name": (1, 100)},
    "POST /api/v1/workspaces/{workspace_id}/members": {"email": (0, 254), "role": (0, 0)},
    "POST /api/v1/payments": {"plan": (0, 0), "billing_cycle": (0, 0)},
    "POST /api/v1/payments/{payment_id}/refunds": {"amount": (0, 0)},
    "PUT /api/v1/onboarding/session/steps/{n}": {"data": (0, 0), "version": (0, 0)},
    "PUT /api/v1/onboarding/session/steps/{n}/draft": {"data": (0, 0), "version": (0, 0)},
    "PUT /api/v1/business-context": {"content": (0, 0), "version": (0, 0)},
}
"""How many characters each text of each body has: (0, 0) is tried elsewhere, for it is no free text."""


def address(length: int) -> str:
    """An address of this many characters, each of its parts within its own limit."""
    domain = ".".join(["d" * 63, "e" * 63, "f" * 61])
    return f"{secrets.token_hex(4)}{'l' * (length - 9 - len(domain))}@{domain}"


@pytest.mark.promise("E2E-20.7")
def test_every_text__has_its_published_limit(system: System, transport: HttpxTransport) -> None:
    """Each field of each body is in the table of limits, and the published description says the same."""
    published: dict[str, dict[str, tuple[int, int]]] = {}
    for at in operations(transport, system.base_url):
        if at.body is not None and "webhooks" not in at.template:
            published[at.name] = {}
            for name, given in properties(at).items():
                node = next((each for each in given.get("anyOf", ()) if each.get("type") == "string"), given)
                free = node.get("type") == "string" and "enum" not in node
                published[at.name][name] = (node.get("minLength", 0), node.get("maxLength", 0)) if free else (0, 0)

    assert published == NAMES


@pytest.mark.promise("AUTH-2.6", "AUTH-2.21", "AUTH-3.1", "AUTH-4.15", "AUTH-3.5")
def test_accounts__are_taken_up_to_their_limits(customers: Customers, witnesses: Witnesses) -> None:
    """Signing up takes the longest address, password and name in any script, keeps them, and makes a workspace of
    them; one character more is named, by API and page, each field alone and all at once, and nobody is there.
    """
    nobody = customers.nobody()
    for letter in LETTERS:
        for length in (1, 87, 88, 89, 199, 200):
            body = {"email": address(254), "password": letter * 8, "full_name": letter * length}
            said = nobody.call("POST", "signup", body)
            assert said.status == 201, (length, letter, said.text)
            nobody.access_token = said.json()["access_token"]
            me = nobody.call("GET", "me").json()
            assert (me["user"]["email"], me["profile"]["full_name"]) == (body["email"], body["full_name"])
            assert 1 <= len(me["workspace"]["name"]) <= 100
            assert me["workspace"]["name"].startswith(letter * min(length, 80))
            nobody.access_token = ""
    over = {"email": address(255), "password": "p" * 129, "full_name": "n" * 201}
    good = {"email": address(254), "password": "p" * 128, "full_name": "n" * 200}
    wrong = [{name: value} for name, value in over.items()] + [over, {"password": "p" * 7}]
    local, label = f"{'l' * 65}@example.com", f"l@{'d' * 64}.com"

    for changes in (*wrong, {"email": local}, {"email": label}):
        body = good | changes
        document = refused(nobody.call("POST", "signup", body), 422, "INVALID_INPUT")
        assert {each["field"] for each in document["errors"]} == {f"body.{name}" for name in changes}, changes
        page = by_browser(nobody, "POST", "/signup", {}, body)
        assert (page.status, page.text.count('aria-invalid="true"')) == (422, len(changes)), changes
    assert [witnesses.database.customer(each) for each in (good["email"], over["email"], local, label)] == [None] * 4
    assert by_browser(nobody, "POST", "/signup", {}, good).status == 303
    assert by_browser(nobody, "POST", "/login", {}, good).status == 303
    assert refused(nobody.call("POST", "login", good | {"password": "p" * 127}), 422, "INVALID_INPUT")
    exact = {"email": good["email"], "password": "p" * 127}
    refused(nobody.call("POST", "login", exact), 401, "INVALID_CREDENTIALS")
    refused(nobody.call("POST", "login", exact | {"password": "p" * 129}), 422, "INVALID_INPUT")
    refused(nobody.call("POST", "refresh", {"refresh_token": "r" * 2048}), 401, "UNAUTHENTICATED")
    refused(nobody.call("POST", "refresh", {"refresh_token": "r" * 2049}), 422, "INVALID_INPUT")


@pytest.mark.promise("AUTH-3.2", "AUTH-3.3", "AUTH-3.5", "AUTH-4.15", "AUTH-4.2", "AUTH-4.4")
def test_profiles_and_workspaces__are_taken_up_to_their_limits(customers: Customers) -> None:
    """The longest profile and workspace's name in any script are kept as they are; one more is named, all at once."""
    customer = customers.a_new_customer()
    for letter in LETTERS:
        wish = {"full_name": letter * 200, "company": letter * 200, "phone": "1" * 32}
        assert customer.call("PATCH", "profile", wish).json() == wish
        made = customer.call("POST", "workspaces", {"name": letter * 100})
        said = made.json()
        assert (made.status, said["name"], said["role"]) == (201, letter * 100, "owner")
        assert said["slug"].endswith(f"-{customer.identification_number}")
        assert said["owner_identification_number"] == customer.identification_number

    bad = {"full_name": "n" * 201, "company": "c" * 201, "phone": "1" * 33}
    document = refused(customer.call("PATCH", "profile", bad), 422, "INVALID_INPUT")
    assert {each["field"] for each in document["errors"]} == {f"body.{name}" for name in bad}
    for name in ("", " ", "n" * 101):
        refused(customer.call("POST", "workspaces", {"name": name}), 422, "INVALID_INPUT")
    long = customer.call("POST", "members", {"email": address(254), "role": "member"}, workspace=customer.workspace_id)
    assert long.status == 202
    longer = customer.call("POST", "members", {"email": address(255), "role": "x"}, workspace=customer.workspace_id)
    assert {each["field"] for each in refused(longer, 422, "INVALID_INPUT")["errors"]} == {"body.email", "body.role"}
    assert customer.call("GET", "me").json()["profile"] == {"full_name": "\N{ROCKET}" * 200} | {
        "company": "\N{ROCKET}" * 200,
        "phone": "1" * 32,
    }
    listed = customer.call("GET", "workspaces").json()["workspaces"]
    assert len({each["slug"] for each in listed}) == len(listed) == 1 + len(LETTERS)
    twins = [customer.call("POST", "workspaces", {"name": "Twin"}).json()["slug"] for _ in range(3)]
    assert len(set(twins)) == 3
    assert all(slug.endswith(f"-{customer.identification_number}") for slug in twins)


def save(customer: HttpCustomer, step: int, data: Any, version: int) -> Response:
    """Saves a step over this version of it."""
    return customer.call("PUT", "step", {"data": data, "version": version}, step=step)


@pytest.mark.promise("ONB-13.1", "ONB-13.2", "ONB-13.6", "ONB-13.7", "ONB-13.8", "ONB-13.9", "ONB-13.10", "ONB-13.17")
def test_each_answer__at_its_limit_and_beyond(customers: Customers) -> None:
    """Each step takes its documented limits in any script and reads back as it was answered; what is one more, one
    less or of another type is refused by its name alone, and all that is too long at once by all of their names.
    """
    customer, found = customers.a_customer_at_step(24), list[str]()
    for step in range(1, 24):
        good, version = whole(step), 1
        for letter in LETTERS:
            answer = save(customer, step, whole(step, letter), version)
            assert (answer.status, answer.json()["data"]) == (200, whole(step, letter)), (step, answer.text)
            version = answer.json()["version"]
            assert customer.read_step(step)["data"] == whole(step, letter)
        answer = save(customer, step, least(step), version)
        assert answer.status == 200, (step, answer.text)
        version = answer.json()["version"]
        kept = customer.read_step(step)
        for each in of_step(step):
            if each.kind == "groups":
                sizes = ((each.entries + 1, good[each.path][0]), (0, None))
                wrong = [([one] * size if one else [], each.name) for size, one in sizes]
            else:
                wrong = list(each.wrong())
            for value, name in wrong:
                bad = put(whole(step), each.path, value)
                answer = save(customer, step, bad, version)
                named = bad_fields(answer) if answer.status == 422 else set()
                first = {part for part in named if not repeats(part)}
                if first != {name} and not (each.kind == "integer" and first == {"market"}):
                    found.append(f"{step} {each.path}: {str(value)[:30]!r} gave {answer.status} {sorted(named)[:4]}")
        over = built(step, lambda each: next((value for value, _ in each.wrong()), None))
        named = bad_fields(save(customer, step, over, version))
        expected = {next(name for _, name in each.wrong()) for each in of_step(step) if each.kind != "groups"}
        if {part for part in named if not repeats(part)} != expected:
            found.append(f"{step}: all at once named {sorted(named)} and not {sorted(expected)}")
        assert customer.read_step(step) == kept

    assert found == []
    assert {each.step for each in fields()} == set(range(1, 24))


def repeats(name: str) -> bool:
    """Whether an error names a group after the first, which has the same mistake."""
    head, _, rest = name.partition(".")
    return head in ("competitors", "icps") and rest.partition(".")[0].isdigit() and not rest.startswith("0")


@pytest.mark.promise("ONB-13.13", "ONB-13.6", "ONB-13.17", "BCM-16.7", "BCM-16.2")
def test_each_page__keeps_the_same_limits(customers: Customers) -> None:
    """A step's page, and the page that edits the answers later, take what the API takes, keep it as it is, and mark
    each field that the API would name; what was typed stays on the page.
    """
    customer = customers.a_customer_at_step(24)
    cookies, found = session_cookies(customer), list[str]()

    def posted(base: str, step: int, data: Any, version: int) -> Response:
        return by_browser(customer, "POST", f"{base}/{step}", cookies, as_form(data) | {"version": str(version)})

    for step in range(1, 24):
        over = built(step, lambda each: "x" * (each.most + 1) if each.kind in ("line", "text") else None)
        marked = sum(each.kind in ("line", "text") or each.required for each in of_step(step) if "[]" not in each.path)
        for version, letter in enumerate(("a", "\N{ROCKET}"), 1):
            answer = posted("/onboarding/session/step", step, whole(step, letter), version)
            if answer.status != 303 or customer.read_step(step)["data"] != whole(step, letter):
                found.append(f"step {step} of {letter}: {answer.status}")
        refusal = posted("/onboarding/session/step", step, over, 3)
        if refusal.status != 422 or refusal.text.count('aria-invalid="true"') < marked * bool(over):
            found.append(f"step {step}, too long: {refusal.status} {refusal.text.count('aria-invalid')} of {marked}")
        if any(text not in refusal.text for text in as_form(over).values() if text != "on"):
            found.append(f"step {step}: what was typed is not on the page any more")
        assert customer.read_step(step)["version"] == 3
    customer.answer_all([])
    short = {step: least(step) for step in range(1, 24)}
    for step, data in short.items():
        assert save(customer, step, data, 3).status == 200
    customer.complete()
    for version, step in enumerate(range(1, 24), 1):
        answer = posted("/dashboard/answers", step, whole(step), version)
        if answer.status != 303 or customer.business_context().answers[str(step)] != whole(step):
            found.append(f"answers of step {step}: {answer.status}")
        over = built(step, lambda each: "x" * (each.most + 1) if each.kind in ("line", "text") else None)
        if over and posted("/dashboard/answers", step, over, version + 1).status != 422:
            found.append(f"answers of step {step}: too long is taken")

    assert found == []


@pytest.mark.promise("PAY-10.13", "PAY-10.12", "PAY-10.21", "PAY-10.3", "PAY-10.6")
def test_money__to_the_paisa(customers: Customers, witnesses: Witnesses) -> None:
    """Keys have 1 to 255 printable characters; a refund is 1 paisa to what is left, in parts and to the last one; an
    order's name keeps the gateway's form; a key's refund of another amount is another wish.
    """
    customer = customers.a_new_customer()
    for key in ("k", "!" * 255, "~" * 255):
        made = buy(customer, key)
        assert (made.status, buy(customer, key).status) == (201, 200)
        order = made.json()["payment"]["merchant_order_id"]
        assert 1 <= len(order) <= 63
        assert all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in order)
    for key in ("!" * 256, "a b"):
        refused(buy(customer, key), 422, "INVALID_INPUT")
    assert len(customer.call("GET", "payments").json()["payments"]) == 3
    payment = bought(customer)["id"]

    def refund(key: str, amount: int | None) -> Response:
        body = {"amount": amount} if amount is not None else None
        return customer.call("POST", "refunds", body, payment=payment, headers={"idempotency-key": key})

    assert [refund(f"r{amount}", amount).status for amount in (0, 700_001, -1, 2**53)] == [422] * 4
    assert (refund("one", LEAST).status, refund("one", LEAST).status) == (201, 200)
    refused(refund("one", LEAST + 1), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(refund("more", 700_001 - LEAST), 422, "REFUND_TOO_LARGE")
    assert refund("most", 700_000 - 2 * LEAST).status == 201
    refused(refund("two", LEAST + 1), 422, "REFUND_TOO_LARGE")
    assert (refund("rest", None).json()["amount"], refund("rest", None).status) == (LEAST, 200)
    assert refund("none", None).status in (409, 422), "nothing is left, or all is back already"
    assert sum(row["amount"] for row in witnesses.database.rows("refunds", customer.workspace_id)) == 700_000


@pytest.mark.promise("E2E-20.6", "E2E-20.3")
def test_bodies_and_ids__at_their_limit(customers: Customers, system: System, transport: HttpxTransport) -> None:
    """Each route and form that takes a body reads one of 256 KiB and refuses one more byte; an id of 64 characters is
    the request's own, and any other gets a new one, on refusals as well.
    """
    customer, found = customers.a_new_customer(), list[str]()
    cookies = session_cookies(customer)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    own = {"cookie": cookie, "origin": customer.routes.base_url, "content-type": "application/x-www-form-urlencoded"}
    json_body = {"authorization": f"Bearer {customer.access_token}", "content-type": "application/json"}
    parts: dict[str, object] = {"workspace_id": customer.workspace_id, "user_id": customer.user_id}
    parts |= {"payment_id": customer.workspace_id, "n": 1, "v": 1}
    asked = [
        (at.method, at.path(parts), json_body) for at in operations(transport, system.base_url) if at.body is not None
    ]
    asked += [
        ("POST", path, own) for path in ("/signup", "/login", "/onboarding/session/step/1", "/dashboard/answers/1")
    ]

    for method, path, headers in asked:
        for size, wanted in ((LARGEST_BODY, False), (LARGEST_BODY + 1, True)):
            filler = b'{"a": "%s"}' if headers is json_body else b"aaaaaa=%s.."
            body = filler % (b"x" * (size - 9))
            assert len(body) == size
            answer = transport.send(Request(method, system.base_url + path, headers, body))
            if (answer.status == 413) != wanted or not answer.request_id:
                found.append(f"{method} {path} of {size} bytes: {answer.status} {answer.request_id!r}")
    for given, kept in (("i" * 64, True), ("A-z.0_9", True), ("i" * 65, False), ("a b", False), ("a/b", False)):
        for path in ("/api/v1/plans", "/api/v1/auth/me", "/nowhere", "/billing"):
            answer = transport.send(Request("GET", system.base_url + path, {"x-request-id": given}))
            if (answer.request_id == given) != kept or not 1 <= len(answer.request_id) <= 64:
                found.append(f"{path}: the id {given!r} became {answer.request_id!r}")

    assert found == []


@pytest.mark.promise("AUTH-2.11", "AUTH-2.12", "AUTH-2.14")
def test_failures__nine_ten_and_five_minutes(customers: Customers, clock: Clock) -> None:
    """Nine failures close nothing, the tenth does; each counts for five minutes, and not for longer; the time that is
    told is the time that it takes.
    """
    customer = customers.a_new_customer()
    email, right = customer.identity.email, customer.identity.password

    def guess(password: str) -> Response:
        return customer.call("POST", "login", {"email": email, "password": password})

    for _ in range(9):
        refused(guess("wrong password"), 401, "INVALID_CREDENTIALS")
    clock.advance(200)
    refused(guess("wrong password"), 401, "INVALID_CREDENTIALS")
    closed = guess(right)
    refused(closed, 429, "TOO_MANY_ATTEMPTS")
    wait = int(closed.headers["retry-after"])
    assert 90 <= wait <= 100
    clock.advance(wait - 10)
    refused(guess(right), 429, "TOO_MANY_ATTEMPTS")
    clock.advance(12)
    assert guess(right).status == 200
