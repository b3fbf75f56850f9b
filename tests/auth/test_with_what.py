"""Every way to say who one is, rightly and wrongly: bearer, cookie, page and renewal; every Origin; every `next`."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.stack import need
from stack.system import System
from tests.support.cast import by_browser, rows_of, session_cookies
from tests.support.gates import PAGES, ROUTES
from tests.support.openapi import operations

ACCESS, REFRESH = "raptorflow_access", "raptorflow_refresh"
NOWHERE = "00000000-0000-4000-8000-000000000000"
PARTS: dict[str, object] = {"workspace_id": NOWHERE, "user_id": NOWHERE, "payment_id": NOWHERE, "n": 1, "v": 1}
IN_SHORT = {"n": 1, "kind": "json", "feature": "moves", "name": "app.css"}
FORM = "application/x-www-form-urlencoded"
WRONG = "wrong password"
OTHER_KEY = "another key, that is long enough to sign with"
Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Forger:
    """Makes tokens out of a person's own: `key` is the system's, `other` is another person's token."""

    token: str
    key: str
    other: str

    @property
    def claims(self) -> Claims:
        """What the token says."""
        found: Claims = jwt.decode(self.token, options={"verify_signature": False})
        return found

    def signed(self, key: str = "", algorithm: str = "HS256", **changes: Any) -> str:
        """The token with other claims (None leaves one out), another key, another algorithm."""
        claims = {name: value for name, value in {**self.claims, **changes}.items() if value is not None}
        return jwt.PyJWS().encode(json.dumps(claims).encode(), key or self.key, algorithm=algorithm)

    def all(self) -> Iterator[tuple[str, str]]:
        """Every forgery by its name."""
        head, body, signature = self.token.split(".")
        theirs = self.other.split(".")
        yield "no signature", jwt.encode(self.claims, "", algorithm="none")
        yield "an empty signature", f"{head}.{body}."
        yield "another key", self.signed(OTHER_KEY)
        yield "another's claims under this signature", f"{head}.{theirs[1]}.{signature}"
        yield "claims that were changed", f"{head}.{_encoded(self.claims | {'email': 'else@example.com'})}.{signature}"
        for algorithm in ("HS384", "HS512"):
            yield algorithm, self.signed(self.key.ljust(64, "x"), algorithm)
            yield f"{algorithm} with our key", self.signed(algorithm=algorithm)
        for name, values in WRONG_CLAIMS.items():
            for value in values:
                yield f"{name}: {value!r}", self.signed(**{name: value})
        for name in ("session_id", "sub"):
            yield f"another's {name}", self.signed(key="", algorithm="HS256", **{name: _claims(self.other).get(name)})
        yield "nonsense", "x.y.z"


WRONG_CLAIMS: dict[str, list[Any]] = {
    "aud": [None, "anon", "service_role", ["authenticated"], ["authenticated", "anon"], "Authenticated", ""],
    "iss": [None, "elsewhere", "", "raptorflow.example", ["raptorflow"]],
    "exp": [None, 1, 0, -1, "soon", True],
    "role": [None, "service_role", "anon", "", ["authenticated"]],
    "sub": [None, "", "admin", NOWHERE, 7],
    "session_id": [None, "", "x", NOWHERE],
    "email": ["", "a\x00b@example.com"],
}
"""What a token says wrongly, or not at all (None)."""
HARMLESS = {"email: ''"}
"""What is nobody's way in: the address is not what says who one is, but a text that cannot be stored is refused."""


def _encoded(claims: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _claims(token: str) -> Claims:
    found: Claims = jwt.decode(token, options={"verify_signature": False})
    return found


def get(customer: HttpCustomer, path: str, **headers: str) -> Response:
    """A request with nothing but these headers."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return customer.transport.send(Request("GET", f"{customer.routes.base_url}{path}", told))


WAYS: dict[str, Callable[[HttpCustomer, str], bool]] = {
    "bearer": lambda who, token: get(who, "/api/v1/auth/me", authorization=f"Bearer {token}").status != 401,
    "cookie": lambda who, token: get(who, "/api/v1/auth/me", cookie=f"{ACCESS}={token}").status != 401,
    "page": lambda who, token: get(who, "/billing", cookie=f"{ACCESS}={token}").status != 303,
    "page's refresh cookie": lambda who, token: get(who, "/billing", cookie=f"{REFRESH}={token}").status != 303,
    "refresh": lambda who, token: who.call("POST", "refresh", {"refresh_token": token}).status != 401,
}


@pytest.mark.promise("AUTH-2.15", "AUTH-2.16", "AUTH-2.17", "AUTH-2.24")
def test_forged_token__opens_nothing_by_any_way(customers: Customers, system: System) -> None:
    """A token that is not the session's own, in any of its parts, is refused as a bearer, as a cookie, on a page, and
    as a refresh token; the real ones open each their own way, and no other.
    """
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    key, opened = need(system.jwt_secret, "the key of its tokens"), set[tuple[str, str, str]]()
    kinds = {
        "access": Forger(customer.access_token, key, other.access_token),
        "refresh": Forger(customer.refresh_token, key, other.refresh_token),
    }
    assert {way for way in WAYS if WAYS[way](customer, customer.access_token)} == {"bearer", "cookie", "page"}

    for kind, forger in kinds.items():
        for what, token in forger.all():
            for way, opens in WAYS.items():
                if opens(customer, token):
                    opened.add((kind, what, way))

    unlike = {"role", "email", "session_id", "another's session_id", "another's sub"}
    harmless = {each for each in opened if each[0] == "refresh" and each[1].partition(":")[0] in unlike}
    assert {each for each in opened - harmless if each[1] not in HARMLESS} == set()
    fresh = customers.a_new_customer()
    assert {way for way in WAYS if WAYS[way](fresh, fresh.refresh_token)} == {"refresh", "page's refresh cookie"}


@pytest.mark.promise("AUTH-2.15", "AUTH-2.23", "AUTH-2.24")
def test_every_route__believes_no_other_scheme_nor_key(
    customers: Customers, system: System, transport: HttpxTransport
) -> None:
    """Each route that is not open to all refuses a bearer and a cookie that another key has signed, another scheme,
    and a bad bearer beside a good cookie.
    """
    customer, found = customers.a_new_customer(), list[str]()
    forged = Forger(customer.access_token, OTHER_KEY, customer.access_token).signed()
    good = session_cookies(customer)
    ways: list[dict[str, str]] = [
        {"authorization": f"Bearer {forged}"},
        {"authorization": f"Token {customer.access_token}"},
        {"authorization": f"Basic {customer.access_token}"},
        {"authorization": customer.access_token},
        {"cookie": f"{ACCESS}={forged}", "origin": customer.routes.base_url},
        {"cookie": f"{ACCESS}={good[ACCESS]}", "origin": customer.routes.base_url, "authorization": f"Bearer {forged}"},
        {"cookie": f"{REFRESH}={customer.access_token}", "origin": customer.routes.base_url},
    ]

    for at in operations(transport, system.base_url):
        if ROUTES[at.name].needs != "nothing":
            for headers in ways:
                url = customer.routes.base_url + at.path(PARTS)
                answer = customer.transport.send(Request(at.method, url, headers))
                if answer.status != 401:
                    found.append(f"{at.name} with {sorted(headers)}: {answer.status}")

    assert found == []


@pytest.mark.promise("AUTH-2.18", "AUTH-5.4")
def test_lives__to_the_second(customers: Customers, clock: Clock) -> None:
    """An access token opens until its hour is over and not in the second after it, as a bearer and as a cookie; a
    refresh token until its thirty days are.
    """
    customer = customers.a_new_customer()
    issued, ends = (_claims(customer.access_token)[name] for name in ("iat", "exp"))
    last = _claims(customer.refresh_token)["exp"]
    machine = ends - 3600
    ways = ("bearer", "cookie", "page")

    clock.set(3600 - 30)
    before = {way: WAYS[way](customer, customer.access_token) for way in ways}
    clock.set(3600 + 1)
    after = {way: WAYS[way](customer, customer.access_token) for way in ways}

    assert (ends - issued, last - issued) == (3600, 2_592_000)
    assert (before, after) == (dict.fromkeys(ways, True), dict.fromkeys(ways, False))
    assert machine == issued
    clock.set(2_592_000 + 1)
    assert not WAYS["refresh"](customer, customer.refresh_token)
    clock.set(2_592_000 - 30)
    assert WAYS["refresh"](customer, customer.refresh_token)


def origins(own: str) -> dict[str, dict[str, str]]:
    """Every Origin that is not this site's."""
    at = urlsplit(own)
    others = {
        "null": "null",
        "foreign": "https://evil.example",
        "begins like ours": f"{own}.evil.example",
        "begins like ours, longer port": f"{own}0",
        "begins like ours, a user": f"{own}@evil.example",
        "ends like ours": f"{at.scheme}://evil.example.{at.netloc}",
        "ours as a path": f"https://evil.example/{own}",
        "another port": f"{at.scheme}://{at.hostname}:1",
        "no port": f"{at.scheme}://{at.hostname}",
        "another scheme": own.replace("http://", "https://"),
        "with a path": f"{own}/",
        "in capitals": own.upper(),
        "two": f"{own}, https://evil.example",
        "empty": "",
    }
    return {"missing": {}, **{name: {"origin": value} for name, value in others.items()}}


@pytest.mark.promise("AUTH-5.9", "AUTH-5.10")
def test_every_form_and_route__takes_this_origin_alone(
    customers: Customers, system: System, transport: HttpxTransport
) -> None:
    """By cookie each changing route and each form answers 403 to every other Origin, and nothing has changed; reading
    by cookie is refused to another site's Origin as well, and the site's own is let through everywhere.
    """
    customer, found = customers.a_customer_at_step(2), list[str]()
    cookies = session_cookies(customer)
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    own = customer.routes.base_url
    parts = PARTS | {"workspace_id": customer.workspace_id, "user_id": customer.user_id}
    asked: list[tuple[str, str, dict[str, str]]] = [
        (at.method, at.path(parts), {}) for at in operations(transport, own) if ROUTES[at.name].needs != "nothing"
    ]
    asked += [
        (page.partition(" ")[0], page.partition(" ")[2].format_map(IN_SHORT), {"content-type": FORM})
        for page in PAGES
        if page.startswith("POST")
    ]
    before, me = rows_of(system, [customer.workspace_id]), customer.call("GET", "me").json()

    for name, origin in origins(own).items():
        for method, path, more in asked:
            answer = transport.send(Request(method, own + path, {**cookie, **more, **origin}))
            lets = method == "GET" and name == "missing"
            if lets != (answer.status != 403) or answer.headers.get("set-cookie"):
                found.append(f"{method} {path} with an Origin that is {name}: {answer.status}")

    assert found == []
    assert (rows_of(system, [customer.workspace_id]), customer.call("GET", "me").json()) == (before, me)
    let_through = {
        transport.send(Request(method, own + path, {**cookie, **more, "origin": own})).status
        for method, path, more in asked
        if not path.endswith("/logout")
    }
    assert 403 not in let_through


NEXTS = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/\tevil",
    "/\n/evil.example",
    "/%0d%0aset-cookie:x=1\r\n",
    "\x00//evil.example",
    " //evil.example",
    "/ /evil.example",
    "@evil.example",
    ".evil.example",
    "?next=//evil.example",
    "/" * 3000,
)
GOOD_NEXTS = ("/billing", "/onboarding/plans?x=1&y=%2F", "/dashboard#moves", "/onboarding/session/step/3")


@pytest.mark.promise("AUTH-5.12", "AUTH-5.11", "AUTH-2.25")
def test_next__is_a_path_of_this_site_wherever_it_is_read(customers: Customers) -> None:
    """Login and signup, by their form and for who is logged in already, lead to a path of this site or to where they
    lead anyway, whatever `next` says; the form hands on no other either.
    """
    customer, found = customers.a_new_customer(), list[str]()
    cookies = session_cookies(customer)
    entry = {"email": customer.identity.email, "password": customer.identity.password}

    def leads(wish: str) -> dict[str, str]:
        newcomer = {"email": customers.stranger().identity.email, "password": "long enough"}
        answers = {
            "login form": by_browser(customer, "POST", "/login", {}, entry | {"next": wish}),
            "signup form": by_browser(customer, "POST", "/signup", {}, newcomer | {"next": wish}),
            "logged in, at login": by_browser(customer, "GET", f"/login?next={quote(wish, safe='')}", cookies),
            "logged in, at signup": by_browser(customer, "GET", f"/signup?next={quote(wish, safe='')}", cookies),
        }
        shown = {
            "at login": by_browser(customer, "GET", f"/login?next={quote(wish, safe='')}", {}),
            "at signup": by_browser(customer, "GET", f"/signup?next={quote(wish, safe='')}", {}),
            "wrong login": by_browser(customer, "POST", "/login", {}, {"email": "x", "password": "", "next": wish}),
        }
        hidden = {name: "evil" in answer.text or "script:" in answer.text for name, answer in shown.items()}
        found.extend(f"{name} hands on {wish[:40]!r}" for name, there in hidden.items() if there)
        return {name: answer.headers.get("location", f"stays: {answer.status}") for name, answer in answers.items()}

    usual = leads("")
    for wish in NEXTS:
        found += [
            f"{name}: {wish[:40]!r} leads to {there}" for name, there in leads(wish).items() if there != usual[name]
        ]
    for wish in GOOD_NEXTS:
        found += [f"{name}: {wish!r} leads to {there}" for name, there in leads(wish).items() if there != wish]

    assert found == []


@pytest.mark.promise("AUTH-2.25", "AUTH-2.9", "AUTH-2.11", "AUTH-2.4", "AUTH-2.8")
def test_pages__log_in_and_sign_up_as_the_api(customers: Customers) -> None:
    """At a page a taken address is told in any case, a wrong password and an unknown address are told alike, failures
    by page and API add up, and the tenth is the last.
    """
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    known, unknown = customer.identity.email, customers.stranger().identity.email

    def page(path: str, email: str, password: str = WRONG) -> Response:
        return by_browser(customer, "POST", path, {}, {"email": email, "password": password})

    taken = page("/signup", known.upper(), "long enough")
    shown = [page("/login", email).text.replace(email, "").replace("…", "") for email in (known, unknown)]
    assert (taken.status, taken.headers.get("set-cookie")) == (409, None)
    assert shown[0] == shown[1]
    for turn in range(8):
        route = {"email": known.swapcase(), "password": WRONG}
        answer = page("/login", known) if turn % 2 else customer.call("POST", "login", route)
        assert answer.status == 401
    ninth = by_browser(customer, "POST", "/login", {}, {"email": other.identity.email, "password": WRONG})
    assert ninth.status == 401, "another address is not affected"
    assert page("/login", known).status == 401, "the tenth failure"
    closed = page("/login", known, customer.identity.password)
    assert (closed.status, 0 < int(closed.headers["retry-after"]) <= 300) == (429, True)
    assert page("/login", other.identity.email.upper(), other.identity.password).status == 303
    assert urlencode({"email": known}) not in closed.headers.get("location", "")


@pytest.mark.promise("AUTH-2.1", "AUTH-2.8", "AUTH-5.5", "AUTH-3.4", "AUTH-1.6")
def test_answers_about_oneself__say_all_of_it(customers: Customers) -> None:
    """Signup, login and me say the same person, number and workspace, in the contract's fields; a renewal says how
    long its access token lives.
    """
    nobody, identity = customers.nobody(), customers.stranger().identity
    body = {"email": identity.email, "password": identity.password, "full_name": identity.full_name}

    signed = nobody.call("POST", "signup", body)
    logged = nobody.call("POST", "login", {"email": identity.email.upper(), "password": identity.password})
    first, second = signed.json(), logged.json()
    nobody.access_token = second["access_token"]
    me = nobody.call("GET", "me").json()
    renewed = nobody.call("POST", "refresh", {"refresh_token": first["refresh_token"]}).json()

    assert (signed.status, logged.status) == (201, 200)
    fields = {"user", "workspace", "access_token", "refresh_token", "token_type", "expires_in"}
    assert first.keys() == second.keys() == fields
    assert first["user"].keys() == {"id", "email", "identification_number"}
    assert first["workspace"].keys() == {"id", "name", "slug"}
    assert (first["user"], first["workspace"]) == (second["user"], second["workspace"])
    assert (first["user"]["email"], me["user"]) == (identity.email, first["user"])
    assert me["profile"] == {"full_name": identity.full_name, "company": None, "phone": None}
    assert {name: me["workspace"][name] for name in ("id", "name", "slug")} == first["workspace"]
    assert me["workspaces"] == [me["workspace"]]
    assert (me["identification_number"], me["onboarding_status"], me["needs_payment"]) == (
        first["user"]["identification_number"],
        "not_started",
        True,
    )
    for said in (first, second, renewed):
        claims = _claims(said["access_token"])
        assert (said["token_type"], said["expires_in"]) == ("bearer", claims["exp"] - claims["iat"])
    assert renewed.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert secrets.compare_digest(_claims(renewed["access_token"])["sub"], me["user"]["id"])
