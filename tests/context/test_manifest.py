"""The manifest: everything that was answered, in a known shape, within its budget, recognisable by its checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
import rfc8785
from jsonschema import Draft202012Validator

from drivers.http import HttpCustomer
from drivers.transport import Request
from fixtures.customers import Customers
from tests.support.longest import Schema, leaves, longest, step_schemas, texts
from tests.support.problems import refused
from tests.support.steps import REQUIRED
from witness.database import DatabaseWitness

pytestmark = pytest.mark.requirement("ONB-14")
BUDGET_TOKENS = 1200
LATE = (("value", "proposition", "2", "value_proposition"), ("positioning", "statement", "14", "positioning_statement"))
"""Long answers that are among the last to be shortened: section and key, step and field."""
LETTERS = ("a", "word ", "é", "क", "\N{ROCKET}", '"')


def tokens(manifest: object) -> int:
    """The documented estimate: four bytes of canonical JSON a token, rounded up."""
    return -(-len(rfc8785.dumps(manifest)) // 4)  # type: ignore[arg-type]


def filled(customer: HttpCustomer, schemas: Mapping[str, Schema], letter: str) -> dict[str, Any]:
    """Makes the customer's answers the longest that are allowed, and returns them."""
    answers = {n: longest(schema, letter) for n, schema in schemas.items()}
    body = {"content": {"answers": answers}, "version": customer.business_context().version}
    headers = {"authorization": f"Bearer {customer.access_token}", "content-type": "application/json"}
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = customer.transport.send(Request("PUT", customer.routes.url("business_context"), headers, content))

    assert answer.status == 200, answer.text
    return answers


@pytest.mark.promise("ONB-14.1")
def test_required_answers__are_all_in_it_verbatim(customers: Customers) -> None:
    """Under the budget every required answer of every step stands in the manifest, word for word."""
    customer = customers.a_customer_with_a_manifest()
    answers = customers.answers_of(customer)

    held = leaves(customer.bcm().manifest)

    missing = {
        (n, field): leaf
        for n, fields in REQUIRED.items()
        for field in fields
        for leaf in leaves(answers[n][field])
        if leaf not in held
    }
    assert missing == {}


@pytest.mark.promise("ONB-14.2")
def test_shape__is_the_published_schema(customers: Customers) -> None:
    """The manifest is valid by the schema that the system publishes, and the schema refuses what is not in it."""
    customer = customers.a_customer_with_a_manifest()
    schema = customer.call("GET", "bcm_schema").json()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    manifest = dict(customer.bcm().manifest)

    assert validator.is_valid(manifest)
    assert not validator.is_valid(manifest | {"unheard_of": 1})
    assert not validator.is_valid({key: value for key, value in manifest.items() if key != "company"})


@pytest.mark.promise("ONB-14.5")
def test_checksum__is_that_of_the_row_as_stored(customers: Customers, database: DatabaseWitness) -> None:
    """SHA-256 over the canonical JSON of what PostgreSQL holds is the checksum that the client is told."""
    customer = customers.a_customer_with_a_manifest()

    (row,) = database.rows("bcm_manifests", customer.workspace_id)

    digest = hashlib.sha256(rfc8785.dumps(row["manifest"])).hexdigest()
    assert digest == row["checksum"] == customer.bcm().checksum


@pytest.mark.promise("ONB-14.6")
def test_same_answers__give_the_same_checksum(customers: Customers) -> None:
    """Two businesses with the same answers have the same manifest: no time, name or number of the tenant is in it."""
    one, other = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    other.change_context(other.business_context(), one.business_context().answers)

    assert other.rebuild().checksum == one.bcm().checksum


@pytest.mark.promise("ONB-14.3", "ONB-14.4")
@pytest.mark.timeout(180)
def test_longest_answers__fit_the_budget_and_lose_nothing(customers: Customers) -> None:
    """In any script the longest answers fit: each text is there or its beginning is, each list is as long as it was."""
    customer = customers.a_customer_with_a_manifest()
    schemas = step_schemas(customer.call("GET", "openapi").json())

    for letter in LETTERS:
        answers = filled(customer, schemas, letter)
        manifest = dict(customer.rebuild().manifest)

        assert tokens(manifest) <= BUDGET_TOKENS, letter
        note = manifest.pop("compression")
        shown = [text for text in texts(manifest) if text != manifest["schema"]]
        assert len(shown) == len(texts(answers)), letter
        assert all(text.endswith("…") and letter.strip() in text for text in shown if len(text) < 160), letter
        assert note["limit"] < (note["others"] or 10**6)


@pytest.mark.promise("ONB-14.4")
def test_too_long__is_shortened_in_the_documented_order(customers: Customers) -> None:
    """What is over the budget is taken from the background first; the company, its position and its core stay whole."""
    customer = customers.a_customer_with_a_manifest()
    context = customer.business_context()
    long = "A long story about where we came from and why. " * 21
    changes: dict[str, Any] = {
        "20": context.answers["20"] | {"content_strategy": long.strip()},
        "10": context.answers["10"] | {"pricing_strategy": long.strip()},
        "23": context.answers["23"] | {"final_review": {"approved": True, "notes": long.strip()}},
        "5": context.answers["5"] | {"problem_statement": long.strip(), "solution": long.strip()},
    }
    customer.change_context(context, changes)

    manifest = customer.rebuild().manifest

    assert manifest["integrity"]["notes"].endswith("…")
    assert manifest["compression"]["through"]
    for n, field in ((1, "company_name"), (14, "positioning_statement"), (2, "value_proposition")):
        assert context.answers[str(n)][field] in texts(manifest)


@pytest.mark.promise("ONB-14.4")
def test_over_by_little__the_first_of_the_order_gives_alone(customers: Customers) -> None:
    """A manifest that is over its budget by some words is shortened in its notes, and nowhere else, however long what
    stands later in the order is.
    """
    customer = customers.a_customer_with_a_manifest()
    context, whole = customer.business_context(), json.loads(json.dumps(customer.bcm().manifest))
    changes = {"23": context.answers["23"] | {"final_review": {"approved": True, "notes": "n" * 900}}}
    whole["integrity"]["notes"] = "n" * 900
    for section, key, step, field in LATE:
        short = 4 * BUDGET_TOKENS + 150 - len(rfc8785.dumps(whole))
        whole[section][key] = "w" * max(700, min(1000, len(whole[section][key]) + short))
        changes[step] = context.answers[step] | {field: whole[section][key]}
    assert 0 < len(rfc8785.dumps(whole)) - 4 * BUDGET_TOKENS < 250, "over by little"
    customer.change_context(context, changes)

    manifest = dict(customer.rebuild().manifest)

    assert manifest.pop("compression")["through"] == "integrity.notes"
    assert manifest["integrity"].pop("notes").startswith("nnn")
    del whole["integrity"]["notes"]
    assert manifest == whole


@pytest.mark.promise("ONB-14.3")
def test_under_the_budget__says_nothing_of_compression(customers: Customers) -> None:
    """A manifest that fits as it is says so by having no note."""
    customer = customers.a_customer_with_a_manifest()

    answer = customer.call("GET", "bcm").json()

    assert answer["tokens"] == tokens(answer["manifest"]) <= BUDGET_TOKENS
    assert "compression" not in answer["manifest"]


@pytest.mark.promise("BCM-18.7")
def test_before_completion__is_not_ready(customers: Customers) -> None:
    """Before onboarding is completed there is no manifest in any form."""
    customer = customers.a_customer_at_step(2)

    for method, route in (("GET", "bcm"), ("GET", "bcm_versions"), ("GET", "bcm_export"), ("POST", "bcm_rebuild")):
        refused(customer.call(method, route), 412, "BCM_NOT_READY")


@pytest.mark.promise("BCM-18.4")
def test_export__as_json_is_the_manifest(customers: Customers) -> None:
    """The file has the manifest, its version and its checksum."""
    customer = customers.a_customer_with_a_manifest()

    answer = customer.call("GET", "bcm_export", query="format=json")

    assert answer.headers["content-type"] == "application/json"
    assert "attachment" in answer.headers["content-disposition"]
    assert json.loads(answer.body)["manifest"] == customer.bcm().manifest


@pytest.mark.promise("BCM-18.4", "BCM-18.10")
def test_export__as_markdown_is_for_people(customers: Customers) -> None:
    """The page has a heading for the company, and its words as they are, without any markup of theirs."""
    customer = customers.a_customer_with_a_manifest()
    context = customer.business_context()
    customer.change_context(context, {"9": context.answers["9"] | {"category": "# <b>bold</b> [link](x)"}})
    customer.rebuild()

    answer = customer.call("GET", "bcm_export", query="format=markdown")

    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# ")
    assert r"\# \<b\>bold\</b\> \[link\](x)" in answer.text


@pytest.mark.promise("BCM-18.4")
def test_export__as_anything_else_is_refused(customers: Customers) -> None:
    """Only the two formats are offered."""
    customer = customers.a_customer_with_a_manifest()

    refused(customer.call("GET", "bcm_export", query="format=pdf"), 422, "INVALID_INPUT")
