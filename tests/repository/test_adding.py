"""The pages that say how a thing is added have examples that work."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core import requirements
from defects import application, defect
from fixtures import steps
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from reports.catalogue import declared
from reports.judging.verdict import Count, judge
from tests.support.pages import FOLDER, example, names

ROOT = FOLDER.parents[1]
TESTED = {"journey", "probe", "defect", "metric", "requirement", "step"}


def test_journey(customers: Customers, witnesses: Witnesses) -> None:
    """The page's journey comes to its end, and its entry names the test that the page shows."""
    story = names("journey")["test_stranger_registers_and_pays"]
    (entry,) = tomllib.loads(example("journey", "toml"))["journey"]
    stranger = customers.stranger()

    story(customers.nobody(), stranger, witnesses)

    assert declared.Journey(**entry).test.endswith(f"::{story.__name__}")


def test_defect(tmp_path: Path) -> None:
    """The page's defect is one that the catalogue takes, and its edit fits the code."""
    (tmp_path / "example.toml").write_text(example("defect", "toml"))
    found = defect.catalogue(tmp_path)

    application.check(found)

    assert [each.id for each in found] == ["signature-of-the-example"]


def test_metric() -> None:
    """The page's metric is decided as any other: a hundred clean trials meet it, a hundred bad ones miss it."""
    (entry,) = tomllib.loads(example("metric", "toml"))["metric"]
    metric = declared.Metric(**{**entry, "requirements": tuple(entry["requirements"])})

    assert set(metric.requirements) <= declared.requirements().keys()
    assert metric.id not in declared.metrics()
    assert judge(metric, Count(successes=100)).verdict == "met"
    assert judge(metric, Count(failures=100)).verdict == "missed"


def test_requirement(tmp_path: Path) -> None:
    """The page's requirement can be added to the catalogue as it is."""
    catalogue = tmp_path / "requirements.toml"
    catalogue.write_text(f"{requirements.CATALOGUE.read_text()}\n{example('requirement', 'toml')}")

    assert list(requirements.requirements(catalogue)) == [*requirements.requirements(), "PAY-21"]


def test_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's verb is a step of the report by itself, and gives what it gave before."""
    done: list[tuple[str, float]] = []
    monkeypatch.setattr(steps, "_done", done)

    assert names("step")["SteppedReader"]().read_receipt(7) == "receipt 7: paid"
    assert [name for name, _ in done] == ["read receipt 7"]


def test_every_page__is_tested_and_linked() -> None:
    """There is no page without a test of its example, and CONTRIBUTING.md leads to each."""
    pages = {page.stem for page in FOLDER.glob("*.md")}
    guide = (ROOT / "CONTRIBUTING.md").read_text()

    assert pages == TESTED
    assert [page for page in pages if f"docs/adding/{page}.md" not in guide] == []
