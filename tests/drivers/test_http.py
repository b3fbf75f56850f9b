"""What the HTTP customer survives, and how it says what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx

from core.contract import STEPS
from drivers.answers import answers
from drivers.customer import Identity
from drivers.errors import NotAsPromisedError, UnexpectedAnswerError
from drivers.forms import form_with
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.labels import FIELDS
from drivers.routes import CONTRACT, Routes
from drivers.transport import NoJsonError, Request, folded
from drivers.waiting import until

BASE = "http://127.0.0.1:9"
SOMEBODY = Identity("asha@example.com", "pass-word-1", "Asha Rao", "canary0123456789abcdef")
ME = {
    "user": {"email": SOMEBODY.email},
    "identification_number": "U100000",
    "onboarding_status": "not_started",
    "needs_payment": True,
}
PAGE = """
<form method="post"><input type="radio" name="how" value="UPI" checked><input type="radio" name="how" value="Card">
<input name="upi" value="a@b">
<select name="outcome"><option value="">Automatic</option><option value="success">Yes</option>
</select><textarea name="note">
as it was</textarea><input name="off" value="x" disabled><button name="action" value="pay">Pay</button></form>
"""


@pytest.fixture
def transport() -> Iterator[HttpxTransport]:
    """A transport that nobody shares."""
    with HttpxTransport(timeout_s=1) as transport:
        yield transport


@pytest.fixture
def customer(transport: HttpxTransport) -> HttpCustomer:
    """A customer of a system that each test plays itself."""
    return HttpCustomer(transport, BASE)


@respx.mock
@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout("slow"), TimeoutError),
        (httpx.ConnectError("refused"), ConnectionError),
        (httpx.RemoteProtocolError("half an answer"), ConnectionError),
        (httpx.ReadError("reset"), ConnectionError),
    ],
)
def test_no_answer__is_an_oserror_that_names_the_request(
    failure: Exception, kind: type[Exception], transport: HttpxTransport
) -> None:
    """Time-outs, resets and torn answers become one kind of error, which says whose answer is missing."""
    respx.get(f"{BASE}/x").mock(side_effect=failure)

    with pytest.raises(kind, match="GET plans"):
        transport.send(Request("GET", f"{BASE}/x", name="GET plans"))


@respx.mock
def test_unexpected_answer__teaches(customer: HttpCustomer) -> None:
    """A refusal says what was expected, the status, the problem's code, the field and the request's id."""
    problem = {"code": "INVALID_INPUT", "detail": "Wrong.", "errors": [{"field": "body.email", "message": "is none"}]}
    headers = {"content-type": "application/problem+json", "x-request-id": "r-17"}
    respx.post(f"{BASE}/api/v1/auth/signup").respond(422, json=problem, headers=headers)

    with pytest.raises(UnexpectedAnswerError) as caught:
        customer.sign_up(SOMEBODY)

    assert (caught.value.status, caught.value.code, caught.value.request_id) == (422, "INVALID_INPUT", "r-17")
    for word in ("sign up", "expected 201", "got 422", "body.email: is none", "r-17"):
        assert word in str(caught.value)


@respx.mock
def test_broken_problem__is_still_explained(customer: HttpCustomer) -> None:
    """A refusal whose problem document is broken JSON still says its status and its first words."""
    respx.post(f"{BASE}/api/v1/auth/signup").respond(
        500, text='{"code": "OOPS', headers={"content-type": "application/problem+json"}
    )

    with pytest.raises(UnexpectedAnswerError, match=r"got 500.*OOPS"):
        customer.sign_up(SOMEBODY)


@respx.mock
@pytest.mark.parametrize("body", ['{"user": {"email"', "<html>busy</html>", ""])
def test_broken_answer__says_how_it_begins_and_whose_it_was(body: str, customer: HttpCustomer) -> None:
    """A success whose body is torn, a page or nothing is an error that leads to the log; nobody is logged in by it."""
    respx.post(f"{BASE}/api/v1/auth/signup").respond(201, text=body, headers={"x-request-id": "r-18"})

    with pytest.raises(NoJsonError) as caught:
        customer.sign_up(SOMEBODY)

    assert "201 with a body that is no JSON" in str(caught.value)
    assert repr(body or "nothing") in str(caught.value)
    assert "r-18" in str(caught.value)
    assert customer.access_token == ""


@respx.mock
def test_everything_renamed__is_asked_by_its_own_name(transport: HttpxTransport) -> None:
    """A target's own names are used by verbs, page visits and forms alike, and the contract's are not asked at all."""
    renamed = {"me": "/v2/whoami", "dashboard_page": "/home", "login_page": "/enter"}
    customer = HttpCustomer(transport, BASE, renamed)
    customer.becomes(SOMEBODY)
    whoami = respx.get(f"{BASE}/v2/whoami").respond(200, json=ME)
    respx.get(f"{BASE}/home").respond(303, headers={"location": "/enter"})
    form = '<form method="post"><input name="email"><input name="password" type="password"><button>In</button></form>'
    respx.get(f"{BASE}/enter").respond(200, text=form)
    entered = respx.post(f"{BASE}/enter").respond(303, headers={"location": "/done"})
    respx.get(f"{BASE}/done").respond(200, text="<h1>Home</h1>")

    assert customer.me().identification_number == "U100000"
    assert customer.visit(customer.routes.url("dashboard_page")).path == "/done"
    assert (whoami.call_count, entered.call_count) == (1, 1)


@respx.mock
def test_cookies__are_the_customers_own(transport: HttpxTransport) -> None:
    """Two customers who share connections never share cookies."""
    page = respx.get(f"{BASE}/page").respond(200, headers=[("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")])
    one, other = HttpCustomer(transport, BASE), HttpCustomer(transport, BASE)

    one.site.get(f"{BASE}/page", "page")
    other.site.get(f"{BASE}/page", "page")
    one.site.get(f"{BASE}/page", "page")

    assert [call.request.headers.get("cookie") for call in page.calls] == [None, None, "a=1; b=2"]


@respx.mock
def test_circle_of_redirects__ends(customer: HttpCustomer) -> None:
    """A page that leads to itself is not followed for ever."""
    respx.get(f"{BASE}/page").respond(303, headers={"location": "/page"})

    with pytest.raises(NotAsPromisedError, match="still being redirected"):
        customer.site.get(f"{BASE}/page", "page")


def test_form__is_submitted_as_rendered() -> None:
    """What the page holds is sent along with what is filled in; a disabled field is not."""
    request = form_with(PAGE, "outcome").request("http://h/p?t=1", {"outcome": "success"}, ("action", "pay"))

    assert (request.method, request.url) == ("POST", "http://h/p?t=1")
    assert request.body == b"how=UPI&upi=a%40b&outcome=success&note=as+it+was&action=pay"


@pytest.mark.parametrize(
    ("values", "button", "says"),
    [
        ({"outcome": "never"}, None, "does not offer 'never'"),
        ({"pin": "1"}, None, "has no field 'pin'"),
        ({"outcome": "success"}, ("action", "steal"), "has no button"),
    ],
)
def test_form__refuses_what_the_page_does_not_have(
    values: dict[str, str], button: tuple[str, str] | None, says: str
) -> None:
    """A customer without a browser cannot submit what no browser could."""
    with pytest.raises(NotAsPromisedError, match=says):
        form_with(PAGE, "outcome").request("http://h/", values, button)


def test_renamed_route__is_used() -> None:
    """A target's own name for a route replaces the contract's, and the others stay."""
    routes = Routes(BASE, {"signup": "/v2/register"})

    assert routes.url("signup") == f"{BASE}/v2/register"
    assert routes.url("step", step=7) == BASE + CONTRACT["step"].format(step=7)


def test_answers__are_the_same_for_the_same_seed() -> None:
    """Answers come from the seed alone, cover all steps, carry the mark, and differ between customers."""
    given = answers("seed", "canary1")

    assert given == answers("seed", "canary1")
    assert given != answers("another", "canary1")
    assert sorted(given) == list(range(1, STEPS + 1))
    assert sum("canary1" in str(data) for data in given.values()) >= 4


def test_every_answer__has_a_label() -> None:
    """The browser knows a label for everything that the answers hold."""
    assert {name for data in answers("seed", "c").values() for name in data} <= FIELDS.keys()


def test_waiting__says_what_it_saw() -> None:
    """A wait that ends in vain says what was awaited and what the last look saw."""
    with pytest.raises(NotAsPromisedError, match=r"the order paid: not within 0.05 s; the last look saw 'pending'"):
        until(lambda: "pending", lambda seen: seen == "paid", "the order paid", deadline_s=0.05)


def test_headers__keep_every_cookie() -> None:
    """Several headers of a name are joined, cookies by line breaks."""
    assert folded([("Set-Cookie", "a=1"), ("VARY", "x"), ("vary", "y"), ("set-cookie", "b=2")]) == {
        "set-cookie": "a=1\nb=2",
        "vary": "x, y",
    }
