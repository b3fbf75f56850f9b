"""docs/no-evidence.md lists what is refused, and each of its rows is a test."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support import catalogue_of_ways
from tests.support.catalogue_of_ways import UNTOUCHED

ROWS = catalogue_of_ways.rows()
TESTS = sorted({test for row in ROWS for test in row.tests})
LEAST = 60


@pytest.mark.parametrize("test", TESTS)
def test_each_row_is_a_test(test: str) -> None:
    """A row names a test that exists, a case of it where it has cases, and words that are asked for there."""
    function = catalogue_of_ways.function(test)
    cases = dict(catalogue_of_ways.cases(function))
    for row in ROWS:
        if row.tests == (test,):
            assert not cases or row.way in cases, f"{row.way}: is no case of {test}"
            text = cases.get(row.way) or catalogue_of_ways.source(function)
            assert [words for words in row.words if words not in text] == [], f"{row.way}: nothing asks for these words"


@pytest.mark.parametrize("test", TESTS)
def test_each_case_is_a_row(test: str) -> None:
    """A case that is added to such a test is added to the page."""
    cases = dict(catalogue_of_ways.cases(catalogue_of_ways.function(test)))

    assert cases.keys() - {row.way for row in ROWS if test in row.tests} == set()


def test_no_row_is_there_twice() -> None:
    """There are enough of them, they differ, and none ends in success unless nothing came of it."""
    refused = [row for row in ROWS if not row.says.startswith(UNTOUCHED)]

    assert [key for key, times in Counter((row.way, row.tests) for row in ROWS).items() if times > 1] == []
    assert [row.way for row in refused if set(row.codes) == {0}] == []
    assert len(refused) >= LEAST
