"""What a run says of a system that fails at a rate: never that it is right, and that it is wrong once it can know."""

from __future__ import annotations

from math import exp

import pytest

from reports.catalogue.declared import metrics
from tests.load.defective import Seeded, catalogue
from tests.load.power import FEWEST, TRIALS, power

RATES = catalogue("rates")
SAMPLED = [each for each in RATES if each.metric != "tenant.isolation"]
LEAKS = [each for each in RATES if each.metric == "tenant.isolation"]
WRONG = 0.05 + 2.6 * (0.05 * 0.95 / 200) ** 0.5
"""So many of 200 runs may call a system right that is not: one in twenty, and what chance adds to that."""


@pytest.mark.parametrize("customers", [250, 1_000, 5_000])
@pytest.mark.parametrize("seeded", SAMPLED, ids=lambda seeded: seeded.defect.id)
def test_rate__never_called_right(seeded: Seeded, customers: int) -> None:
    """However many customers come, at most one run in twenty says that a system below its target is above it."""
    found = power(seeded.metric, seeded.share, customers)

    assert 1 - seeded.share < metrics()[seeded.metric].target
    assert found["met"] <= WRONG * found.total()


@pytest.mark.parametrize("seeded", SAMPLED, ids=lambda seeded: seeded.defect.id)
def test_rate__found_out_with_enough_customers(seeded: Seeded) -> None:
    """A longer run is sure more often that the metric is missed; of those with 5,000 customers, half are and more."""
    found = [power(seeded.metric, seeded.share, customers)["missed"] for customers in (250, 1_000, 5_000)]

    assert found == sorted(found)
    assert found[-1] > 100


@pytest.mark.parametrize("seeded", LEAKS, ids=lambda seeded: seeded.defect.id)
def test_leak__found_as_often_as_the_report_says(seeded: Seeded) -> None:
    """One leak in n answers is found by N of them with probability 1 - exp(-N/n)."""
    found = power(seeded.metric, seeded.share, FEWEST)
    expected = 1 - exp(-FEWEST * TRIALS["tenant.isolation"] * seeded.share)

    assert abs(found["missed"] / found.total() - expected) < 0.1
    assert found["undecided"] == 0
