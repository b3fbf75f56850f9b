"""A customer over HTTP: the API for what has one, and the gateway's own page, submitted as it was rendered."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from core.contract import Cycle, Feature, Plan
from drivers.customer import Context, Identity, Manifest, Payment, Person, Pieces, Subscription
from drivers.errors import LoginFailedError, NotAsPromisedError, require
from drivers.pages import REDIRECTS, Page, Website, ok
from drivers.routes import Routes
from drivers.transport import Request, Response, Transport
from drivers.waiting import until

WAYS_TO_SAY = {"failure": "failure:PAYMENT_ERROR"}
CANCEL, PAY = ("action", "cancel"), ("action", "pay")


class HttpCustomer:
    """Keeps `drivers.customer.Customer` on any transport.

    `call` reaches every route of the API for what the verbs do not say; it returns whatever came.
    """

    def __init__(self, transport: Transport, base_url: str, routes: Mapping[str, str] | None = None) -> None:
        self.routes = Routes(base_url, routes or {})
        self.site = Website(transport, base_url)
        self.transport = transport
        self.access_token = ""
        self.refresh_token = ""
        self.workspace_id = ""
        self.user_id = ""
        self.identification_number = ""
        self.session_id = ""
        self.payment: Payment | None = None
        self.gateway_page = ""
        self._identity: Identity | None = None
        self._versions: dict[int, int] = {}
        self._by_cookie = False

    @property
    def identity(self) -> Identity:
        """Who signed up. Raises NotAsPromisedError."""
        if self._identity is None:
            raise NotAsPromisedError("nobody has signed up here yet: call sign_up(identity) first")
        return self._identity

    def becomes(self, identity: Identity) -> None:
        """Sit somebody down here who has signed up elsewhere; `log_in` comes next."""
        self._identity = identity

    def at_another_device(self) -> HttpCustomer:
        """Return the same person at a device that knows nothing of this one; log in there."""
        other = HttpCustomer(self.transport, self.routes.base_url, self.routes.renamed)
        other._identity, other.payment = self.identity, self.payment
        return other

    def call(
        self,
        method: str,
        route: str,
        body: Any = None,
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        query: str = "",
        **parts: object,
    ) -> Response:
        """Call a route of the contract by its name, as this customer; `body` is sent as JSON."""
        sent = {"accept": "application/json"}
        if self.access_token:
            sent["authorization"] = f"Bearer {self.access_token}"
        elif self._by_cookie:
            sent |= self.site.credentials(method)
        if body is not None:
            sent["content-type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        url = self.routes.url(route, **parts) + (f"?{query}" if query else "")
        return self.transport.send(
            Request(method, url, {**sent, **(headers or {})}, content, name or f"{method} {route}")
        )

    def sign_up(self, identity: Identity) -> None:
        """Create the account (201) and hold its tokens."""
        body = {"email": identity.email, "password": identity.password, "full_name": identity.full_name}
        answer = require(self.call("POST", "signup", body, name="sign up"), "sign up", 201)
        self._identity = identity
        self._enter(answer)

    def log_in(self) -> None:
        """Open a new session (200)."""
        body = {"email": self.identity.email, "password": self.identity.password}
        self._enter(require(self.call("POST", "login", body, name="log in"), "log in", 200))

    def log_out(self) -> None:
        """End the session (204) and forget its tokens and cookies."""
        require(self.call("POST", "logout", name="log out"), "log out", 200, 204)
        self.access_token = self.refresh_token = ""
        self.site.cookies.clear()

    def me(self) -> Person:
        """Who the API says this is."""
        said = require(self.call("GET", "me", name="me"), "me", 200).json()
        return Person(
            email=said["user"]["email"],
            identification_number=said["identification_number"],
            full_name=(said.get("profile") or {}).get("full_name"),
            onboarding_status=said["onboarding_status"],
            needs_payment=said["needs_payment"],
        )

    def choose_plan(self, plan: Plan, cycle: Cycle, *, key: str = "") -> Payment:
        """Make a payment (201); `key` is its Idempotency-Key, a fresh one if none is given.

        Raises NotAsPromisedError.
        """
        answer = self.call(
            "POST",
            "payments",
            {"plan": plan, "billing_cycle": cycle},
            name="choose plan",
            headers={"idempotency-key": key or secrets.token_hex(16)},
        )
        made = require(answer, "choose plan", 201).json()
        self.gateway_page = made["redirect_url"] or ""
        if not self.gateway_page:
            raise NotAsPromisedError(f"choose plan: a fresh payment has no redirect_url (request {answer.request_id})")
        self.payment = _payment(made["payment"])
        return self.payment

    def pay(self, outcome: str = "success", *, come_back: bool = True) -> None:
        """Submit the gateway's page as rendered, and open the callback that it redirects to."""
        back = self.submit_gateway_page(self.open_gateway_page(), outcome)
        if come_back:
            self.come_back(back)

    def open_gateway_page(self) -> Page:
        """Return the gateway's page, as it is shown to a payer."""
        answer = self._gateway(Request("GET", self.gateway_page, name="gateway page"))
        return ok(Page(self.gateway_page, answer), "gateway page")

    def submit_gateway_page(self, page: Page, outcome: str) -> str:
        """Submit the gateway's page, and return where it leads back to; `outcome` is as in `pay`."""
        cancelled = outcome == "cancel"
        values = {"outcome": "" if cancelled else WAYS_TO_SAY.get(outcome, outcome)}
        answer = self._gateway(self.site.filled(page, values, "gateway pay", CANCEL if cancelled else PAY))
        return require(answer, "gateway pay", *REDIRECTS).headers["location"]

    def come_back(self, url: str = "") -> Page:
        """Open the callback page, logging in to the website where that is needed; return where it led."""
        order = self.payment.merchant_order_id if self.payment else ""
        return self.visit(url or f"{self.routes.url('callback_page')}?merchantOrderId={order}", "callback page")

    def visit(self, url: str, name: str = "page") -> Page:
        """Open a page of the site as this customer; one that needs a session sends us through the login form.

        Raises LoginFailedError when the form lets nobody in.
        """
        page = self.site.get(url, name)
        if page.url.startswith(self.routes.url("login_page")):
            entry = {"email": self.identity.email, "password": self.identity.password}
            page = self.site.submit(page, entry, "log in page")
            if page.response.status >= 400 and page.url.startswith(self.routes.url("login_page")):
                raise LoginFailedError("log in page", "200", page.response)
        return ok(page, name)

    def wait_for_payment(self, state: str) -> None:
        """Ask for the payment until it is in `state`."""
        until(self.payment_state, lambda seen: seen == state, f"payment {state}")

    def payment_state(self) -> str:
        """Return the payment's state as the API shows it now. Raises NotAsPromisedError."""
        payment = self.payment.id if self.payment else None
        if payment is None:
            raise NotAsPromisedError("no payment was begun: call choose_plan(plan, cycle) first")
        said = require(self.call("GET", "payment", payment=payment, name="payment"), "payment", 200).json()
        state: str = said.get("payment", said)["state"]
        return state

    def start_onboarding(self) -> int:
        """Open the session, or get the one that is open; return its next step."""
        said = require(self.call("POST", "session", name="start onboarding"), "start onboarding", 200, 201).json()
        self.session_id = str(said.get("id", ""))  # only load asks which it was, and not every target says
        return int(said["progress"]["next_step"] or 23)

    def answer(self, n: int, data: Mapping[str, Any]) -> None:
        """Save step `n` over the version that this device has seen of it."""
        body = {"data": dict(data), "version": self._versions.get(n, 0)}
        answer = require(self.call("PUT", "step", body, step=n, name="answer"), f"answer step {n}", 200)
        self._versions[n] = answer.json()["version"]

    def read_step(self, n: int) -> dict[str, Any]:
        """Step `n` as it stands; its version is what the next `answer` replaces."""
        said: dict[str, Any] = require(self.call("GET", "step", step=n, name="step"), f"step {n}", 200).json()
        self._versions[n] = said["version"]
        return said

    def complete(self) -> None:
        """Complete onboarding."""
        require(self.call("POST", "complete", name="complete"), "complete", 200, 201)

    def bcm(self) -> Manifest:
        """Return the latest manifest."""
        return _manifest(require(self.call("GET", "bcm", name="bcm"), "bcm", 200))

    def rebuild(self) -> Manifest:
        """Have the manifest drawn anew: 201 with a new version, 200 when nothing has changed."""
        return _manifest(require(self.call("POST", "bcm_rebuild", name="rebuild"), "rebuild", 200, 201))

    def generate(self, feature: Feature) -> Pieces:
        """Have a feature write."""
        said = require(self.call("POST", feature, name=f"generate {feature}"), f"generate {feature}", 200, 201).json()
        return Pieces(feature, said["bcm_version"], tuple(item["title"] for item in said["items"]))

    def subscription(self) -> Subscription | None:
        """Return what gives access."""
        said = require(self.call("GET", "subscription", name="subscription"), "subscription", 200).json()
        found = said["subscription"]
        return Subscription(found["plan"], found["billing_cycle"], found["status"]) if found else None

    def cancel_subscription(self) -> None:
        """Cancel at the period's end."""
        require(self.call("POST", "cancel_subscription", name="cancel"), "cancel", 200)

    def business_context(self) -> Context:
        """Return the business context."""
        said = require(self.call("GET", "business_context", name="business context"), "business context", 200).json()
        return Context(said["version"], said["content"]["answers"])

    def change_answer(self, n: int, changes: Mapping[str, Any]) -> None:
        """Change some fields of one step's answers in the business context."""
        context = self.business_context()
        self.change_context(context, {str(n): {**context.answers[str(n)], **changes}})

    def change_context(self, context: Context, answers: Mapping[str, Any]) -> Context:
        """Replace `answers` (by step number, as text) in the business context."""
        body = {"content": {"answers": {**context.answers, **answers}}, "version": context.version}
        said = require(self.call("PUT", "business_context", body, name="change context"), "change context", 200).json()
        return Context(said["version"], said["content"]["answers"])

    def answer_all(self, answers: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Answer several steps, in order."""
        for n, data in answers:
            self.answer(n, data)

    def _gateway(self, request: Request) -> Response:
        return self.site.send(request)

    def _enter(self, answer: Response) -> None:
        said = answer.json()
        self.access_token, self.refresh_token = said.get("access_token", ""), said.get("refresh_token", "")
        self._by_cookie = not self.access_token
        if self._by_cookie:
            self.site.keep(answer)
        self.user_id = said["user"]["id"]
        self.identification_number = said["user"]["identification_number"]
        self.workspace_id = said["workspace"]["id"] if said["workspace"] else ""


def _payment(said: Mapping[str, Any]) -> Payment:
    return Payment(said["merchant_order_id"], said["plan"], said["billing_cycle"], said["amount"], said["id"])


def _manifest(answer: Response) -> Manifest:
    said = answer.json()
    return Manifest(said["version"], said["checksum"], said["manifest"])
