"""Five features read the manifest, use it, and say which version they used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from core.contract import FEATURES, Feature
from fixtures.customers import Customers
from tests.support.problems import refused
from tests.support.together import together

MARK = "Zephyrine"


def _icp_pain(answers: Mapping[str, Any]) -> dict[str, Any]:
    first, *others = answers["16"]["icps"]
    return {"16": {"icps": [first | {"pains": [MARK]}, *others]}}


def _with(n: str, **fields: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda answers: {n: answers[n] | fields}


def _core(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"18": {"messaging": answers["18"]["messaging"] | {"core": MARK}}}


USES: list[tuple[Feature, str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = [
    ("cohorts", "icps", _icp_pain),
    ("campaigns", "positioning", _with("14", positioning_statement=MARK)),
    ("campaigns", "messaging", _core),
    ("campaigns", "channels", _with("20", channels=[MARK])),
    ("moves", "goals", _with("22", goals=[MARK])),
    ("moves", "channels", _with("20", channels=[MARK])),
    ("muse", "brand voice", _with("2", personality=MARK)),
    ("muse", "messaging", _core),
    ("daily-wins", "goals", _with("22", goals=[MARK])),
    ("daily-wins", "pains", _with("5", pain_points=[MARK])),
]


@pytest.mark.promise("BCM-18.7")
@pytest.mark.requirement("BCM-18")
def test_before_a_manifest__no_feature_is_ready(customers: Customers) -> None:
    """Before onboarding is completed each feature says that it is not ready, to read and to write."""
    customer = customers.a_customer_at_step(2)

    for feature in FEATURES:
        for method in ("GET", "POST"):
            refused(customer.call(method, feature), 412, "BCM_NOT_READY")


@pytest.mark.promise("BCM-18.8")
@pytest.mark.requirement("BCM-18")
def test_written__says_which_version_it_used_and_is_kept(customers: Customers) -> None:
    """Each feature writes from version 1, says so, and reads back the same."""
    customer = customers.a_customer_with_a_manifest()

    for feature in FEATURES:
        written = customer.call("POST", feature)
        assert (written.status, written.json()["bcm_version"]) == (201, 1), feature
        assert written.json()["items"], feature
        assert customer.call("GET", feature).json() == written.json()


@pytest.mark.promise("BCM-19.7")
@pytest.mark.requirement("BCM-18")
def test_written_again__is_the_same(customers: Customers) -> None:
    """One version of the manifest always gives the same pieces, once, also when asked for many times at once."""
    customer = customers.a_customer_with_a_manifest()

    answers = together(8, lambda _: customer.call("POST", "moves"))

    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.promise("BCM-19.1", "BCM-19.2", "BCM-19.3", "BCM-19.4", "BCM-19.5", "BCM-19.6")
@pytest.mark.requirement("BCM-19")
@pytest.mark.parametrize("feature", FEATURES)
def test_changed_answer__shows_in_the_next_output(customers: Customers, feature: Feature) -> None:
    """Change an answer that the feature lives on, rebuild, and its next output has it and says the new version."""
    customer = customers.a_customer_with_a_manifest()
    original = customer.business_context().answers
    before = customer.call("POST", feature).json()
    assert MARK not in str(before)

    for used, what, changed in USES:
        if used == feature:
            customer.change_context(customer.business_context(), {**original, **changed(original)})
            version = customer.rebuild().version

            after = customer.call("POST", feature).json()

            assert MARK in str(after["items"]), what
            assert after["bcm_version"] == version > before["bcm_version"]
            assert {item["bcm_version"] for item in after["items"]} == {version}


@pytest.mark.promise("BCM-19.7")
@pytest.mark.requirement("BCM-19")
def test_changed_back__is_the_first_output_again(customers: Customers) -> None:
    """What a feature writes depends on the manifest alone: the old answers give the old words."""
    customer = customers.a_customer_with_a_manifest()
    original = customer.business_context().answers
    first = customer.generate("daily-wins")
    customer.change_context(customer.business_context(), {"22": original["22"] | {"goals": [MARK]}})
    customer.rebuild()
    customer.change_context(customer.business_context(), original)
    customer.rebuild()

    again = customer.generate("daily-wins")

    assert (again.titles, again.bcm_version) == (first.titles, 3)
