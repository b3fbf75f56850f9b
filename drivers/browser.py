"""A customer at a browser: everything is found by role and label, as a person or a screen reader finds it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from core.contract import Cycle, Feature, Plan
from drivers.customer import Context, Identity, Manifest, Payment, Person, Pieces, Subscription
from drivers.errors import NotAsPromisedError, require
from drivers.filling import fill
from drivers.labels import Labels
from drivers.routes import Routes
from drivers.transport import Response, folded

ANSWER_MS = 10_000
EVERY = {"monthly": "monthly", "annual": "annually"}
STEP = re.compile(r"/onboarding/session/step/(\d+)$")
HEADINGS = {"completed": "Payment received", "pending": "Waiting for your payment", "failed": "Payment not completed"}


class BrowserCustomer:
    """Keeps `drivers.customer.Customer` on a Playwright page of a context of its own."""

    def __init__(
        self,
        page: Page,
        base_url: str,
        labels: Mapping[str, str] | None = None,
        routes: Mapping[str, str] | None = None,
    ) -> None:
        self.page = page
        self.labels = Labels(labels or {})
        self.routes = Routes(base_url, routes or {})
        self.payment: Payment | None = None
        self.after_verb: Callable[[], None] = _nothing
        """Whoever watches this customer may look at the page when a verb has kept its promise."""
        self._identity: Identity | None = None
        page.set_default_timeout(ANSWER_MS)

    @property
    def identity(self) -> Identity:
        """Who signed up. Raises NotAsPromisedError."""
        if self._identity is None:
            raise NotAsPromisedError("nobody has signed up here yet: call sign_up(identity) first")
        return self._identity

    def becomes(self, identity: Identity) -> None:
        """Sit somebody down here who has signed up elsewhere; `log_in` comes next."""
        self._identity = identity

    def sign_up(self, identity: Identity) -> None:
        """Fill in the signup form, and land on the plans."""
        self._identity = identity
        self._open("signup_page")
        self._field("Email").fill(identity.email)
        self._field("Password").fill(identity.password)
        self._field("Full name").fill(identity.full_name)
        self._press("Create account")
        self._lands_on("Choose your plan")

    def log_in(self) -> None:
        """Fill in the login form, and land somewhere behind it."""
        if not self.page.url.startswith(self.routes.url("login_page")):
            self._open("login_page")
        self._field("Email").fill(self.identity.email)
        self._field("Password").fill(self.identity.password)
        self._press("Log in")
        expect(self._button("Log out")).to_be_visible(timeout=ANSWER_MS)

    def log_out(self) -> None:
        """Press "Log out", and land on the login page."""
        self._press("Log out")
        self._lands_on("Log in")

    def me(self) -> Person:
        """Return what the dashboard says of its visitor."""
        self._open("dashboard_page")
        number = self.page.get_by_label(self.labels("Identification number"), exact=True)
        return Person(self.identity.email, number.inner_text())

    def choose_plan(self, plan: Plan, cycle: Cycle) -> Payment:
        """Press the plan's button, on the page of the plans, and wait for the gateway's page."""
        button = self._button(f"Buy {plan.capitalize()} {EVERY[cycle]}")
        if self.page.url != self.routes.url("plans_page") or not button.count():
            self._open("plans_page")
        button.click()
        heading = self.page.get_by_role("heading", level=1, name=re.compile(r"^Pay ₹"))
        expect(heading).to_be_visible(timeout=ANSWER_MS)
        reference = self.page.get_by_text(re.compile(r"^Order \S+")).inner_text().split()[1]
        self.payment = Payment(reference, plan, cycle, _paise(heading.inner_text()))
        return self.payment

    def pay(self, outcome: str = "success", *, come_back: bool = True) -> None:
        """Choose the outcome on the gateway's page and press "Pay"."""
        if outcome != "cancel":
            self.page.get_by_label("Outcome", exact=True).select_option(label=_offered(outcome))
        button = self.page.get_by_role("button", name="Cancel payment" if outcome == "cancel" else "Pay", exact=True)
        if come_back:
            button.click()
            self.page.wait_for_url(f"{self.routes.base_url}/**")
        else:
            self._lose_the_redirect(button)

    def _lose_the_redirect(self, button: Locator) -> None:
        """Let the gateway hear of the payment; its answer, which would lead back, never reaches the browser."""
        gateway = self.page.url

        def lose(route: Route) -> None:
            answer = route.fetch(max_redirects=0)
            route.fulfill(status=200, content_type="text/html", body=f"<title>lost {answer.status}</title>")

        self.page.route(gateway, lose)
        button.click()
        expect(self.page).to_have_title(re.compile(r"^lost 30\d$"), timeout=ANSWER_MS)
        self.page.unroute(gateway)

    def wait_for_payment(self, state: str) -> None:
        """Wait until the callback page, or what it leads to, say so."""
        expect(self._heading(HEADINGS[state])).to_be_visible(timeout=ANSWER_MS)

    def start_onboarding(self) -> int:
        """Press "Start onboarding"; from anywhere else, first go to the page that has it."""
        if not self.page.url.startswith(self.routes.url("success_page")):
            self._open("success_page")
        self.page.get_by_role("link", name=self.labels("Start onboarding"), exact=True).click()
        return self.step_shown()

    def step_shown(self) -> int:
        """Return the step that the page shows. Raises NotAsPromisedError."""
        self.page.wait_for_url(STEP)
        number = re.search(r"Step (\d+) of 23", self.page.get_by_role("main").inner_text(), re.IGNORECASE)
        if number is None:
            raise NotAsPromisedError(f"{self.page.url}: expected the words “Step n of 23”, and they are not there")
        return int(number[1])

    def answer(self, n: int, data: Mapping[str, Any]) -> None:
        """Fill in step `n`, press "Save and continue", and wait for what comes next. Raises NotAsPromisedError."""
        if (shown := self.step_at(self.page.url)) != n:
            self._open("step_page", step=n)
            shown = self.step_at(self.page.url)
        if shown != n:
            raise NotAsPromisedError(f"step {n}: expected its page, and was led to {self.page.url}")
        fill(self.page, data, self.labels)
        self._press("Save and continue")
        if n < 23:
            self.page.wait_for_url(f"**{self.routes.url('step_page', step=n + 1).removeprefix(self.routes.base_url)}")
        else:
            expect(self._button("Complete onboarding")).to_be_visible(timeout=ANSWER_MS)

    def step_at(self, url: str) -> int | None:
        """Return the step whose page an address is, if it is one."""
        found = STEP.search(url)
        return int(found[1]) if found else None

    def complete(self) -> None:
        """Press "Complete onboarding", and land on the dashboard."""
        self._press("Complete onboarding")
        self._lands_on("Dashboard")

    def bcm(self) -> Manifest:
        """Download the manifest from the dashboard."""
        self._open("dashboard_page")
        return self._manifest()

    def _manifest(self) -> Manifest:
        with self.page.expect_download() as download:
            self._region("Business Context Manifest").get_by_role("link", name="JSON", exact=True).click()
        said = json.loads(Path(download.value.path()).read_text())
        return Manifest(said["version"], said["checksum"], said["manifest"])

    def rebuild(self) -> Manifest:
        """Press "Rebuild" on the dashboard, which leads to the dashboard again: its heading alone would not tell."""
        self._open("dashboard_page")
        with self.page.expect_navigation():
            self._press("Rebuild")
        self._lands_on("Dashboard")
        return self._manifest()

    def generate(self, feature: Feature) -> Pieces:
        """Press the feature's button on the dashboard, where it has something new to write; read what it wrote."""
        self._open("dashboard_page")
        title = feature.replace("-", " ")
        button = self._button(f"Generate {title}")
        if button.count():
            self._use_up(button)
        region = self._region(title.capitalize())
        version = re.search(r"Manifest version (\d+)", region.inner_text())
        titles = region.get_by_role("listitem").get_by_role("heading").all_inner_texts()
        return Pieces(feature, int(version[1]) if version else 0, tuple(titles))

    def subscription(self) -> Subscription | None:
        """Return what the billing page says."""
        self._open("billing_page")
        facts = self._region("Subscription").get_by_role("definition").all_inner_texts()
        if not facts:
            return None
        plan, _, cycle = facts[0].lower().partition(", ")
        return Subscription(plan, cycle, facts[1].lower().replace(" ", "_"))

    def cancel_subscription(self) -> None:
        """Press "Cancel subscription" on the billing page."""
        self._open("billing_page")
        self._use_up(self._button("Cancel subscription"))

    def business_context(self) -> Context:
        """No page shows it: asked for as a script of the page would, with the session's cookies."""
        answer = self.page.request.get(self.routes.url("business_context"), headers={"origin": self.routes.base_url})
        headers = folded((each["name"], each["value"]) for each in answer.headers_array)
        response = Response(answer.status, headers, answer.body(), 0.0)
        said = require(response, "business context", 200).json()
        return Context(said["version"], said["content"]["answers"])

    def change_answer(self, n: int, changes: Mapping[str, Any]) -> None:
        """Fill in the dashboard's form of step `n` anew, as far as it changes, and press "Save"."""
        self._open("answers_page", step=n)
        fill(self.page, changes, self.labels)
        self._press("Save")
        expect(self._button("Rebuild")).to_be_visible(timeout=ANSWER_MS)

    def open(self, path: str) -> None:
        """Type an address of this site into the browser."""
        self.page.goto(f"{self.routes.base_url}{path}")

    def _open(self, name: str, **parts: object) -> None:
        self.page.goto(self.routes.url(name, **parts))

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(self.labels(label), exact=True)

    def _button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.labels(name), exact=True)

    def _heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", level=1, name=self.labels(name), exact=True)

    def _region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=self.labels(name), exact=True)

    def _press(self, name: str) -> None:
        self._button(name).click()

    def _use_up(self, button: Locator) -> None:
        """Press a button that is gone afterwards; a page half read has none either, and is read to its end."""
        button.click()
        expect(button).to_have_count(0, timeout=ANSWER_MS)
        self.page.wait_for_load_state()

    def _lands_on(self, heading: str) -> None:
        expect(self._heading(heading)).to_be_visible(timeout=ANSWER_MS)


def _nothing() -> None:
    """Nobody watches."""


def _offered(outcome: str) -> str:
    kind, _, code = outcome.partition(":")
    return f"Failure: {code or 'PAYMENT_ERROR'}" if kind == "failure" else outcome.capitalize()


def _paise(text: str) -> int:
    """₹7,000.00 is 700000 paise."""
    found = re.search(r"₹([\d,]+)\.(\d\d)", text)
    if found is None:
        raise NotAsPromisedError(f"the gateway's page: expected an amount such as ₹7,000.00, it says {text!r}")
    return int(found[1].replace(",", "")) * 100 + int(found[2])
