"""Each step takes what it asks for and nothing else, in order, one tab at a time."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.customers import Customers
from stack.system import System
from tests.support.problems import bad_fields, refused
from tests.support.steps import REQUIRED
from tests.support.together import meeting

pytestmark = pytest.mark.requirement("ONB-13")


ICP = {"name": "Asha", "role": "Buyer", "company_size": "11–50", "pains": ["Late invoices"]}
RIVAL = {"name": "Northwind", "strength": "Cheap", "weakness": "Slow"}
MARKET = {"tam": 300, "sam": 200, "som": 100}
UNPRINTABLE = ("nul\x00byte", "\ud800", "bell\x07")
WRONG: list[tuple[int, dict[str, Any], str]] = [
    (1, {"company_name": ""}, "company_name"),
    (1, {"company_name": "   "}, "company_name"),
    (1, {"company_name": 7}, "company_name"),
    (1, {"company_name": "two\nlines"}, "company_name"),
    (1, {"company_name": "x" * 161}, "company_name"),
    (1, {"unheard_of": "x"}, "unheard_of"),
    (2, {"values": []}, "values"),
    (2, {"values": "candour"}, "values"),
    (2, {"values": ["x"] * 9}, "values"),
    (2, {"values": ["good", ""]}, "values.1"),
    (2, {"value_proposition": "x" * 1001}, "value_proposition"),
    (4, {"confirmed": False}, "confirmed"),
    (4, {"confirmed": 1}, "confirmed"),
    (4, {"confirmed": "true"}, "confirmed"),
    (7, {"competitors": []}, "competitors"),
    (7, {"competitors": [RIVAL] * 11}, "competitors"),
    (7, {"competitors": [RIVAL, RIVAL | {"weakness": ""}]}, "competitors.1.weakness"),
    (7, {"competitors": [RIVAL | {"share": 1}]}, "competitors.0.share"),
    (11, {"axes": {"x": "Price"}}, "axes.y"),
    (12, {"position": {"x": 10.01, "y": 0}}, "position.x"),
    (12, {"position": {"x": 0, "y": -10.01}}, "position.y"),
    (12, {"position": {"x": "3", "y": 0}}, "position.x"),
    (12, {"position": {"x": True, "y": 0}}, "position.x"),
    (16, {"icps": []}, "icps"),
    (16, {"icps": [ICP] * 4}, "icps"),
    (16, {"icps": [ICP | {"pains": []}]}, "icps.0.pains"),
    (18, {"messaging": {"core": "x"}}, "messaging.pillars"),
    (18, {"messaging": None}, "messaging"),
    (21, {"market": MARKET | {"som": -1}}, "market.som"),
    (21, {"market": MARKET | {"tam": 1.5}}, "market.tam"),
    (21, {"market": MARKET | {"tam": 2**53}}, "market.tam"),
    (21, {"market": MARKET | {"sam": 301}}, "market"),
    (21, {"market": MARKET | {"sam": 99}}, "market"),
    (23, {"final_review": {"approved": False}}, "final_review.approved"),
]


def test_the_table__is_the_one_that_customers_answer(customers: Customers) -> None:
    """Every required field of the contract is among the answers that all other tests give."""
    answers = customers.answers_of(customers.a_new_customer())

    assert {n: set(fields) - set(answers[n]) for n, fields in REQUIRED.items()} == {n: set() for n in REQUIRED}


@pytest.mark.promise("ONB-13.1", "ONB-13.2")
def test_each_required_field__is_missed(customers: Customers) -> None:
    """Every step, sent empty, is refused with one entry for each required field, and stays open."""
    customer = customers.a_customer_at_step(1)
    answers = customers.answers_of(customer)

    for n, fields in REQUIRED.items():
        empty = customer.call("PUT", "step", {"data": {}, "version": 0}, step=n)

        assert bad_fields(empty) == set(fields), n
        assert customer.start_onboarding() == n
        customer.answer(n, answers[n])


@pytest.mark.promise("ONB-13.2", "ONB-13.7", "ONB-13.9", "ONB-13.10")
def test_wrong__names_the_field_and_changes_nothing(customers: Customers) -> None:
    """A bad answer is refused by the name of its field, before the order of the steps is even looked at."""
    customer = customers.a_customer_at_step(1)
    answers = customers.answers_of(customer)

    for n, change, field in WRONG:
        answer = customer.call("PUT", "step", {"data": answers[n] | change, "version": 0}, step=n)

        assert bad_fields(answer) == {field}, (n, change)
    assert customer.start_onboarding() == 1


@pytest.mark.promise("ONB-13.14")
def test_unprintable__is_refused(customers: Customers) -> None:
    """NUL bytes, lone surrogates and control characters are refused, in drafts what cannot be stored as well."""
    customer = customers.a_customer_at_step(1)

    for text in UNPRINTABLE:
        data = customers.answers_of(customer)[1] | {"company_name": text}
        refused(customer.call("PUT", "step", {"data": data, "version": 0}, step=1), 422, "INVALID_INPUT")
    for text in UNPRINTABLE[:2]:
        refused(customer.call("PUT", "draft", {"data": {"company_name": text}}, step=1), 422, "INVALID_INPUT")


@pytest.mark.promise("ONB-13.14")
def test_nested_too_deep__is_refused(customers: Customers) -> None:
    """A document that nests deeper than any answer is refused, not choked on."""
    customer = customers.a_customer_at_step(1)
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]

    refused(customer.call("PUT", "draft", {"data": {"industry": deep}}, step=1), 422, "INVALID_INPUT")
    refused(customer.call("PUT", "step", {"data": {"industry": deep}, "version": 0}, step=1), 422, "INVALID_INPUT")


def test_no_such_step__is_refused(customers: Customers) -> None:
    """Steps are 1 to 23."""
    customer = customers.a_paid_customer()

    for n in ("0", "24", "-1", "one", "1e2"):
        refused(customer.call("GET", "step", step=n), 422, "INVALID_INPUT")


@pytest.mark.promise("ONB-13.11")
def test_contradictions__may_be_declared_none(customers: Customers) -> None:
    """An empty list says that there are none; leaving it out says nothing."""
    customer = customers.a_customer_at_step(3)

    assert bad_fields(customer.call("PUT", "step", {"data": {}, "version": 0}, step=3)) == {"contradictions"}
    customer.answer(3, {"contradictions": []})

    assert customer.start_onboarding() == 4


@pytest.mark.promise("ONB-13.8", "ONB-13.9")
def test_limits__are_inclusive(customers: Customers) -> None:
    """The longest answers and the corners of the grid are accepted."""
    customer = customers.a_customer_at_step(12)
    customer.answer(12, {"position": {"x": -10, "y": 10}})
    customer.answer(1, customers.answers_of(customer)[1] | {"company_name": "x" * 160})

    customer.answer(7, {"competitors": [RIVAL] * 10})

    assert customer.start_onboarding() == 13


@pytest.mark.promise("ONB-13.3")
def test_out_of_order__is_refused_and_says_which_is_next(customers: Customers) -> None:
    """A step is not saved before every step in front of it."""
    customer = customers.a_customer_at_step(3)
    body = {"data": customers.answers_of(customer)[5], "version": 0}

    assert refused(customer.call("PUT", "step", body, step=5), 409, "STEP_ORDER")["next_step"] == 3


@pytest.mark.promise("ONB-13.5")
@pytest.mark.parametrize(("at", "shown"), [(5, 5), (24, 23)])
def test_earlier_step__may_be_edited_until_completion(customers: Customers, at: int, shown: int) -> None:
    """A completed step can be changed, and again, also when all are answered; its version goes up, progress stays."""
    customer = customers.a_customer_at_step(at)
    for personality in ("A calm head nurse", "A patient librarian"):
        customer.answer(2, customers.answers_of(customer)[2] | {"personality": personality})

    step = customer.read_step(2)

    assert (step["data"]["personality"], step["version"]) == ("A patient librarian", 3)
    assert customer.start_onboarding() == shown


@pytest.mark.promise("ONB-13.4")
def test_two_tabs__the_second_save_conflicts(customers: Customers) -> None:
    """A save over a version that another tab has replaced is refused, says the present one, and changes nothing."""
    customer = customers.a_customer_at_step(2)
    answer = customers.answers_of(customer)[1]
    customer.answer(1, answer | {"industry": "Saved first"})

    late = customer.call("PUT", "step", {"data": answer | {"industry": "Too late"}, "version": 1}, step=1)

    assert refused(late, 409, "VERSION_CONFLICT")["current_version"] == 2
    assert customer.read_step(1)["data"]["industry"] == "Saved first"


@pytest.mark.promise("ONB-13.4")
def test_many_tabs_at_once__one_wins(customers: Customers, system: System) -> None:
    """Of eight saves of one step that all come as far as they can before the first may write, one is kept and seven
    conflict.
    """
    customer = customers.a_customer_at_step(1)
    data = customers.answers_of(customer)[1]

    def save(tab: int) -> tuple[int, str]:
        body = {"data": data | {"industry": f"Tab {tab}"}, "version": 0}
        return customer.call("PUT", "step", body, step=1).status, f"Tab {tab}"

    outcomes = meeting(8, save, system, "lock table public.onboarding_steps in share mode")

    assert sorted(status for status, _ in outcomes) == [200] + [409] * 7
    assert customer.read_step(1)["data"]["industry"] == next(tab for status, tab in outcomes if status == 200)


def test_version__must_be_a_whole_number(customers: Customers) -> None:
    """A save says which version it replaces."""
    customer = customers.a_customer_at_step(1)

    for version in (None, -1, "0", 0.5, 2**40):
        body = {"data": customers.answers_of(customer)[1], "version": version}
        document = refused(customer.call("PUT", "step", body, step=1), 422, "INVALID_INPUT")

        assert {entry["field"] for entry in document["errors"]} == {"body.version"}
