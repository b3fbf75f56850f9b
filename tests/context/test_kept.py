"""Each answer lands in its own place, wherever it is kept or shown: a word of its own in every field."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from drivers.forms import forms
from drivers.http import HttpCustomer
from fixtures.customers import Customers
from tests.support.cast import by_browser, session_cookies
from tests.support.documented import Data, as_form, found, of_step, places
from tests.support.longest import leaves, texts
from witness.database import DatabaseWitness

USES: dict[str, tuple[str, ...]] = {
    "cohorts": ("audience.icps", "audience.target", "value.proposition"),
    "campaigns": (
        *("channels.list", "channels.content", "positioning.statement", "messaging.core", "messaging.pillars"),
    ),
    "moves": ("plan.goals", "plan.implementation", "channels.list", "channels.sales"),
    "muse": ("messaging.soundbites", "brand.personality", "brand.values", "messaging.core", "messaging.pillars"),
    "daily-wins": ("plan.goals", "audience.pain_points"),
}
"""What each feature lives on, by docs/bcm.md; the first is what it writes a piece for each of."""
ALSO = {"muse": ("messaging.avoid",)}


def marked(step: int, words: Iterator[str]) -> Data:
    """A step's answers, all of them given, in each place a word of its own; lists and groups have two entries."""
    data: Data = {}
    amounts = itertools.count(123_456_700, -1_000_100)
    for each in of_step(step):
        values: dict[str, Any] = {"check": True, "integer": next(amounts), "number": -7.25 if "x" in each.path else 3.5}
        if each.kind == "groups":
            data[each.path] = [{}, {}]
            continue
        head, _, rest = each.path.partition("[].")
        for group in data[head] if rest else [data]:
            target, name = group, rest or each.path
            while "." in name:
                part, _, name = name.partition(".")
                target = target.setdefault(part, {})
            if each.kind == "list":
                target[name] = [next(words), next(words)]
            else:
                target[name] = values.get(each.kind) or next(words)
    return data


def all_marked() -> dict[int, Data]:
    """The answers of all steps."""
    words = (f"Wort {number:03d}" for number in itertools.count())
    return {step: marked(step, words) for step in range(1, 24)}


def answered(customers: Customers, answers: dict[int, Data]) -> HttpCustomer:
    """A paid customer who has answered all steps so, and not completed."""
    customer = customers.a_paid_customer()
    customer.start_onboarding()
    customer.answer_all(answers.items())
    return customer


def form_of(page: str, action: str) -> dict[str, str]:
    """What the page's form with this action would post."""
    (form,) = [each for each in forms(page) if each.action.endswith(action)]
    return {name: unescape(value).replace("\r\n", "\n") for name, value in form.fields.items()}


def shown(data: Data) -> dict[str, str]:
    """The answers as a form shows them."""
    return {name: value.replace("\r\n", "\n") for name, value in as_form(data).items()}


@pytest.mark.promise("ONB-13.17", "ONB-14.1", "BCM-16.1", "BCM-16.4", "ONB-13.15", "BCM-18.4", "BCM-18.11", "BCM-19.8")
@pytest.mark.promise("BCM-19.1", "BCM-19.2", "BCM-19.3", "BCM-19.4", "BCM-19.5", "BCM-16.7", "BCM-18.3")
def test_each_answer__stands_in_its_own_place(customers: Customers, database: DatabaseWitness) -> None:
    """A word of its own in every field is read back in that field by API and page, stands at its documented place in
    context, manifest and exports and at no other, and reaches the features that use it, and no other.
    """
    answers = all_marked()
    customer = answered(customers, answers)
    cookies = session_cookies(customer)
    for step, data in answers.items():
        assert customer.read_step(step)["data"] == data
        page = by_browser(customer, "GET", f"/onboarding/session/step/{step}", cookies).text
        fields = form_of(page, f"/onboarding/session/step/{step}")
        assert {name: value for name, value in fields.items() if value and name != "version"} == shown(data), step
    customer.complete()

    context = customer.business_context()
    assert context.answers == {str(step): data for step, data in answers.items()}
    manifest = json.loads(json.dumps(customer.bcm().manifest))
    assert {place: found(manifest, place) for place, _, _ in places()} == {
        place: found(answers[step], path) for place, step, path in places()
    }
    assert sorted(map(str, leaves(manifest))) == sorted(
        str(leaf) for leaf in [*leaves(list(answers.values())), manifest["schema"]]
    )
    (row,) = database.rows("bcm_manifests", customer.workspace_id)
    assert row["manifest"] == manifest
    exported = customer.call("GET", "bcm_export").json()
    latest = customer.call("GET", "bcm").json()
    assert exported == latest
    assert (latest["manifest"], latest["version"], latest["context_version"]) == (manifest, 1, 1)
    for step, data in answers.items():
        page = by_browser(customer, "GET", f"/dashboard/answers/{step}", cookies).text
        fields = form_of(page, f"/dashboard/answers/{step}")
        assert {name: value for name, value in fields.items() if value and name != "version"} == shown(data), step

    features = {name: customer.call("POST", name).json()["items"] for name in USES}
    everything = set(map(str, texts(manifest)))
    for name, items in features.items():
        first, *_ = USES[name]
        entries = found(manifest, first)
        assert len(items) == (7 if name == "daily-wins" else len(entries)), name
        written = json.dumps(items, ensure_ascii=False)
        used = {text for place in USES[name] for text in texts(found(manifest, place))}
        allowed = used | {text for place in ALSO.get(name, ()) for text in texts(found(manifest, place))}
        assert [text for text in used if text not in written] == [], name
        assert [text for text in everything - allowed if text in written] == [], name
        assert [item["position"] for item in items] == list(range(1, len(items) + 1)), name
        assert len({item["title"] for item in items}) == len(items), name
        for entry, item in zip(entries if name != "daily-wins" else (), items, strict=False):
            assert [text for text in texts(entry) if text not in json.dumps(item, ensure_ascii=False)] == [], name
    pages(customer, cookies, manifest, features)
    markdown(customer, manifest)


def pages(
    customer: HttpCustomer, cookies: dict[str, str], manifest: Data, features: dict[str, list[dict[str, Any]]]
) -> None:
    """The dashboard shows each section's own answers below its heading, and each feature's own titles."""
    page = by_browser(customer, "GET", "/dashboard", cookies).text
    for section, entries in manifest.items():
        if isinstance(entries, dict):
            part = page.partition(f'aria-labelledby="bcm-{section}"')[2].partition("</section>")[0]
            assert [text for text in texts(entries) if text not in unescape(part)] == [], section
    for name, items in features.items():
        part = page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]
        assert [item["title"] for item in items if item["title"] not in unescape(part)] == [], name
    assert "₹12,34,567" in page
    latest = customer.call("GET", "bcm").json()
    assert f"{latest['tokens']} of 1200 tokens" in page
    assert latest["checksum"] in page


def markdown(customer: HttpCustomer, manifest: Data) -> None:
    """The Markdown says each answer below its section's heading, and what it is a page of."""
    latest = customer.call("GET", "bcm").json()
    text = customer.call("GET", "bcm_export", query="format=markdown").text
    assert f"Version {latest['version']}, checksum `{latest['checksum']}`" in text
    sections = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    below = {title.lower(): part for title, part in zip(sections[1::2], sections[2::2], strict=True)}
    for section, entries in manifest.items():
        if isinstance(entries, dict):
            assert [each for each in texts(entries) if each not in below[section]] == [], section


@pytest.mark.promise("ONB-12.7", "ONB-12.8", "ONB-12.11", "ONB-12.6", "ONB-13.5")
def test_drafts__change_nothing_that_was_saved(customers: Customers) -> None:
    """Half an answer to each step, by API and page, is shown again as it is and changes neither what was saved, nor
    its version, nor which steps are completed; completion does not take it for an answer.
    """
    answers = all_marked()
    customer = answered(customers, answers)
    cookies = session_cookies(customer)
    before = {step: customer.read_step(step) for step in answers}
    progress = customer.call("GET", "session").json()["progress"]

    for step, data in answers.items():
        draft: Data = {"half": ["x", {"deep": None}], **dict(list(data.items())[:1])}
        assert customer.call("PUT", "draft", {"data": draft, "version": 1}, step=step).status == 200
        assert customer.read_step(step) == before[step] | {"draft": draft}
        path = f"/onboarding/session/step/{step}/draft"
        assert by_browser(customer, "POST", path, cookies, as_form(data) | {"version": "1"}).status == 204
        assert customer.read_step(step) == before[step] | {"draft": data}
        page = by_browser(customer, "GET", f"/onboarding/session/step/{step}", cookies).text
        assert "This is your draft." in page

    assert customer.call("GET", "session").json()["progress"] == progress
    customer.complete()
    assert customer.business_context().answers == {str(step): data for step, data in answers.items()}


@pytest.mark.promise("BCM-18.3", "BCM-18.1", "BCM-16.4", "BCM-18.8")
def test_each_version__says_which_context_it_is_from(customers: Customers) -> None:
    """A version says the context's version that it was drawn from, however many edits came between, and a feature's
    pieces stay with the version that they were written from until the next ones are.
    """
    customer = customers.a_customer_with_a_manifest()
    first = customer.call("GET", "bcm_version", version=1).json()
    pieces = customer.call("POST", "moves").json()
    for goal in ("Two", "Three"):
        customer.change_answer(22, {"goals": [goal]})
    rebuilt = customer.call("POST", "bcm_rebuild").json()

    assert (rebuilt["version"], rebuilt["context_version"]) == (2, 3)
    assert rebuilt["manifest"]["plan"]["goals"] == ["Three"]
    assert customer.call("GET", "bcm_version", version=1).json() == first
    assert customer.call("GET", "bcm_version", version=2).json() == rebuilt
    listed = customer.call("GET", "bcm_versions").json()["versions"]
    assert [(each["version"], each["context_version"]) for each in listed] == [(2, 3), (1, 1)]
    assert customer.call("GET", "moves").json() == pieces
    assert customer.call("POST", "moves").json()["bcm_version"] == 2
