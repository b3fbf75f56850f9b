"""Schemas with one hole each, their repaired twins, and sound ones, under the prover."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.isolation.corpus import Case, cases, part


@pytest.mark.parametrize("case", part(cases()), ids=lambda case: case.name)
def test_the_prover_is_right(case: Case, database: Callable[..., str]) -> None:
    """A hole is reported as what it is and where it lies; its repair and what is sound are not, and nothing is open."""
    assert case.faults(database) == []


def test_a_part_has_every_class() -> None:
    """What is tried each time has a hole of every class that the corpus knows, and sound schemas."""
    every = cases()
    known = {kind for case in every for kind, _ in case.finds}
    tried = part(every)

    assert known == {kind for case in tried for kind, _ in case.finds}
    assert sum(not case.vulnerable for case in tried) >= 5


def test_no_case_is_empty() -> None:
    """Each says what must be found, or is sound; and there are enough of either to trust a verdict by."""
    every = cases()

    assert [case.name for case in every if case.vulnerable != bool(case.finds)] == []
    assert (sum(c.vulnerable for c in every) >= 70, sum(not c.vulnerable for c in every) >= 30) == (True, True)
