"""Mechanical changes: each is in one place of the application, and the same for the same seed."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from defects.defect import ROOT
from defects.mutants import python, text
from defects.mutants.__main__ import exact, main
from defects.mutants.sample import equivalent, everything, sampled

CODE = """
'''A docstring.'''
import os
def f(a: int = 3) -> str:
    if a < 3 and not a:
        raise ValueError("no")
    log.info("said")
    return g(a + 1, name=a)
"""
CHANGES = {
    ("3", "4"),
    ("a < 3 and not a", "not (a < 3 and not a)"),
    ("<", "<="),
    ("and", "or"),
    ("not a", "(a)"),
    ('raise ValueError("no")', "pass"),
    ('"no"', '"XX"'),
    ("g(a + 1, name=a)", "None"),
    ("+", "-"),
    ("1", "2"),
    ("a", "None"),
}


def test_python__is_changed_where_it_decides() -> None:
    """Conditions, comparisons, constants, statements, arguments and returns are changed; words for people and the log
    are not.
    """
    assert {(each.old, each.new) for each in python.mutants("f.py", CODE)} == CHANGES


def test_sql_and_templates__are_changed_by_their_words() -> None:
    """Predicates, locks and orders of SQL, conditions, filters and forms of pages; never a comment."""
    query = "-- a and b\nselect 1 from t where a = 1 and b is null for update"
    page = "{% if x %}{{ y | day }}{% endif %}"

    assert {(each.old, each.new) for each in text.of_sql("f.sql", query)} == {
        ("and", "or"),
        ("=", "<>"),
        ("is null", "is not null"),
        (" for update", ""),
    }
    assert {each.new for each in text.of_template("f.html", page)} == {"{% if not (x) %}", ""}


def test_every_mutant__is_one_change_that_can_be_read() -> None:
    """Each of the application's mutants differs from it in its one place; Python stays Python; no two are one."""
    sources = {each.file: (ROOT / each.file).read_text() for each in everything()}
    mutants = sampled(everything(), 300, 1)

    for each in mutants:
        source = sources[each.file]
        assert source[each.start : each.end] == each.old
        changed = each.applied(source)
        assert changed != source, each.says
        if each.file.endswith(".py"):
            ast.parse(changed)
    assert [name for name, times in Counter(each.id for each in everything()).items() if times > 1] == []


def test_sample__is_drawn_by_its_seed() -> None:
    """The same seed gives the same sample, another one another."""
    every = everything()

    assert sampled(every, 20, 1) == sampled(every, 20, 1) != sampled(every, 20, 2)


def test_rate__has_exact_bounds() -> None:
    """The bounds are Clopper and Pearson's."""
    assert [round(each, 4) for each in exact(10, 16)] == [0.3543, 0.848]
    assert exact(0, 0) == (0.0, 1.0)
    assert exact(5, 5)[1] == 1.0


def test_equivalent__is_argued(tmp_path: Path) -> None:
    """What nobody could notice is left out, by its id, with its why."""
    file = tmp_path / "equivalent.toml"
    file.write_text('[mutant.abc]\nwhy = "The name is never read."\n')

    assert equivalent(file) == {"abc": "The name is never read."}
    assert set(equivalent()) & {each.id for each in everything()} == set()


def test_nothing_to_change__is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An id that there is not is refused before anything starts."""
    assert main(["--only", "no-such-id"]) == 2

    assert len(capsys.readouterr().err.splitlines()) == 1
