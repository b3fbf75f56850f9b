"""What people write is text wherever it is shown, and what is secret is shown nowhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.stack import need
from stack.slice import Slice
from tests.service.bodies import BODIES
from tests.support.cast import by_browser, session_cookies
from tests.support.documented import Data, Field, built
from tests.support.gates import FEATURES
from tests.support.longest import texts
from tests.support.openapi import operations, properties

HOSTILE = (
    '"><img src=x onerror=alert(1) data-evil=1>',
    "</textarea></title></script><script data-evil=1>alert(1)</script>",
    "' autofocus onfocus=alert(1) data-evil='1",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7} %(x)s {0} %n",
    "&lt;b data-evil&gt; &amp;amp; &#60;i&#62; <!-- <![CDATA[",
    "# * _a_ `b` [evil](javascript:evil) ![evil](x) | 1. - > ~~~ <data-evil>",
    "\u202eright to left\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u200b\ufeff",
    "\N{WOMAN}\u200d\N{ROCKET}" * 12,
    "w" * 150,
)
STRUCTURE = {"html_inline", "html_block", "link_open", "image", "fence", "hr", "blockquote_open", "em_open"}


class Reader(HTMLParser):
    """What a browser makes of a page: its text, its controls' values, and marks of markup that nobody meant."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if "data-evil" in names or any(name.startswith("on") for name in names) or tag == "data-evil":
            self.wrong.append(f"<{tag} {attrs}>")
        if tag == "img" and not str(names.get("src")).startswith("/static/"):
            self.wrong.append(f"<{tag} {attrs}>")
        self.words += [value for value in names.values() if value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Reader:
    """A page, read as a browser does."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def filled(turn: int) -> dict[int, Data]:
    """Answers to all steps, a hostile text in each place; another turn has others in the same places."""
    numbers = itertools.count(turn)

    def value(each: Field) -> Any:
        texts = [HOSTILE[next(numbers) % len(HOSTILE)] for _ in range(2)]
        return {"list": texts, "check": True, "integer": 7, "number": 1}.get(each.kind, texts[0])

    return {step: built(step, value, groups=2) for step in range(1, 24)}


TURNS = range(0, len(HOSTILE), 3)


@pytest.mark.promise("E2E-20.19", "AUTH-3.5", "BCM-18.10", "ONB-13.17", "BCM-18.11")
def test_what_is_written__is_shown_as_that_text(customers: Customers) -> None:
    """Markup, template code, entities, Markdown, right-to-left marks and very long words are nowhere more than text: on
    no page, in no export, and in no answer, where they are what was written.
    """
    customer, found = customers.a_customer_at_step(24), list[str]()
    cookies = session_cookies(customer)

    def looked_at(where: str, page: str, *wanted: str) -> None:
        reader = read(page)
        said = "".join(reader.words) + "\0" + "\n".join(reader.words)
        found.extend(f"{where}: {each}" for each in reader.wrong[:2])
        found.extend(f"{where} does not show {text[:40]!r}" for text in wanted if text not in said)

    for version, turn in enumerate(TURNS, 1):
        for step, data in filled(turn).items():
            saved = customer.call("PUT", "step", {"data": data, "version": version}, step=step)
            assert (saved.status, saved.json()["data"]) == (200, data), (step, saved.text)
            page = by_browser(customer, "GET", f"/onboarding/session/step/{step}", cookies).text
            looked_at(f"step {step}", page, *texts(data))
    for text in HOSTILE:
        wrong = by_browser(customer, "POST", "/onboarding/session/step/1", cookies, {"company_name": text})
        looked_at("a step that is refused", wrong.text, text)
        for form in ("/signup", "/login"):
            entry = {"email": text, "password": "", "full_name": text, "next": text}
            looked_at(form, by_browser(customer, "POST", form, {}, entry).text, text)
        assert customer.call("PATCH", "profile", {"full_name": text, "company": text}).json()["company"] == text
        assert customer.call("POST", "workspaces", {"name": text[:100]}).json()["name"] == text[:100]
    customer.complete()
    context = customer.business_context()
    for turn in TURNS:
        answers = {str(step): data for step, data in filled(turn).items()}
        context = customer.change_context(context, answers)
        assert context.answers == answers
        manifest = customer.rebuild().manifest
        for feature in FEATURES:
            assert customer.call("POST", feature).status == 201
        looked_at("/dashboard", by_browser(customer, "GET", "/dashboard", cookies).text, *texts(manifest["company"]))
        edited = by_browser(customer, "GET", "/dashboard/answers/7", cookies).text
        looked_at("/dashboard/answers/7", edited, *texts(answers["7"]))
        assert json.loads(customer.call("GET", "bcm_export").body)["manifest"] == manifest
        found += markdown(customer, manifest)
    for workspace in [each["id"] for each in customer.call("GET", "workspaces").json()["workspaces"]]:
        for path in ("/billing", "/onboarding/plans", "/welcome"):
            there = {**cookies, "raptorflow_workspace": workspace}
            found += [f"{path}: {each}" for each in read(by_browser(customer, "GET", path, there).text).wrong]

    assert found == []


def markdown(customer: HttpCustomer, manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with the Markdown, read as CommonMark: markup that nobody meant, or a text that is not shown."""
    tokens = MarkdownIt("commonmark").parse(customer.call("GET", "bcm_export", query="format=markdown").text)
    inner = [one for token in tokens for one in (token, *(token.children or ()))]
    found = [f"the Markdown has {kind}" for kind in sorted({one.type for one in inner} & STRUCTURE)]
    said = "".join("".join(one.content for one in inner if one.type in ("text", "text_special")).split())
    hidden = [text for text in texts(manifest["company"]) if "".join(text.split()) not in said]
    found += [f"the Markdown does not show {text!r}" for text in hidden]
    if sum(one.type == "heading_open" for one in inner) != 1 + len(set(manifest) - {"schema", "compression"}):
        found.append("the Markdown has other headings")
    return found


SECRET = "hush4f1c9e27"


def holding(secret: str) -> tuple[Any, ...]:
    """Values of every type that hold the secret, most of them wrong wherever they come."""
    return secret, {"inner": secret}, [secret], f"{secret}\x00", f"{secret}@example.com", f"{secret}{'x' * 300}"


@pytest.mark.promise("E2E-20.17", "E2E-20.4", "AUTH-2.9")
def test_secret__is_in_no_answer_and_no_log_line(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """Whatever is sent and however it is refused, at every route and form, in body, header, cookie and address: no
    value that somebody sent comes back in a refusal, and none is in the log.
    """
    own = make_slice(LOG_LEVEL="DEBUG")
    customer = Customers(own.system, transport, "secret").a_new_customer()
    base, found = customer.routes.base_url, list[str]()
    parts: dict[str, object] = {"workspace_id": customer.workspace_id, "user_id": customer.user_id, "n": 1, "v": 1}
    parts["payment_id"] = customer.user_id
    bearer = {"authorization": f"Bearer {customer.access_token}", "content-type": "application/json"}

    def send(method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> None:
        answer = transport.send(Request(method, base + path, headers, body))
        if answer.status >= 400 and (SECRET in answer.text or SECRET in str(answer.headers)):
            found.append(f"{method} {path}: {answer.status} {answer.text[:200]}")

    for at in operations(transport, base):
        path = at.path(parts)
        if at.body is not None:
            right = BODIES[at.name]
            for name in [*properties(at), "nobody_asked"]:
                for value in holding(SECRET):
                    if not (at.name.endswith("/profile") or at.name == "POST /api/v1/workspaces"):
                        send(at.method, path, bearer, json.dumps(right | {name: value}).encode())
            send(at.method, path, bearer, f'{{"password": "{SECRET}'.encode())
            send(at.method, path, bearer, b'{"a": "' + SECRET.encode() + b"x" * 262_144 + b'"}')
            send(
                at.method, path, {"content-type": "application/json"}, json.dumps(right | {"password": SECRET}).encode()
            )
        for headers in (
            {"authorization": f"Bearer {SECRET}"},
            {"authorization": SECRET},
            {"cookie": f"raptorflow_access={SECRET}; raptorflow_refresh={SECRET}", "origin": base},
            {**bearer, "x-workspace-id": SECRET},
            {**bearer, "origin": f"https://{SECRET}.example"},
            {**bearer, "idempotency-key": f"{SECRET} {SECRET}"},
        ):
            if at.method == "GET" or at.body is None:
                send(at.method, path, headers)
        if "logout" not in path:
            send(at.method, f"{path}?token={SECRET}", {"authorization": f"Bearer {SECRET}"})
    for form in ("/signup", "/login", "/onboarding/plans", "/billing/cancel", "/dashboard/workspace"):
        fields = {"email": "not an address", "password": SECRET, "plan": SECRET, "workspace": SECRET, "attempt": SECRET}
        if SECRET in by_browser(customer, "POST", form, {}, fields).text:
            found.append(f"{form} shows it")
    entry = {"email": customer.identity.email, "password": SECRET}
    for _ in range(11):
        if SECRET in by_browser(customer, "POST", "/login", {}, entry).text:
            found.append("/login shows it")
    last = transport.send(Request("GET", f"{base}/health/live", {}))
    log = need(own.system.log_path, "a log")
    text = until(log.read_text, lambda seen: last.request_id in seen, "the last request's line")

    assert found == []
    assert [line[:300] for line in text.splitlines() if SECRET in line] == []
    assert [word for word in (customer.identity.password, customer.access_token) if word in text] == []
