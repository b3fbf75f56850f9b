"""The Allure report says of each test what it belongs to, whose it is, and where its text is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.labels import SOURCE, source_address
from reports.catalogue import requirements_page
from tests.harness import inner

TESTS = '''
import pytest

@pytest.mark.requirement("PAY-10", "PAY-7")
def test_named():
    """A webhook is believed once."""

def test_unnamed():
    """Nobody asked for it."""
'''


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Allure is left by a session of two tests, whose text lies at an address."""
    folder = tmp_path_factory.mktemp("labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SOURCE, "https://code.example/blob/c0ffee/")
        inner.session(folder, TESTS, "--alluredir", str(folder / "allure"))
    found = [json.loads(file.read_text()) for file in (folder / "allure").glob("*-result.json")]
    return {result["name"]: result for result in found}


def _labels(result: dict[str, Any], kind: str) -> list[str]:
    return sorted(label["value"] for label in result["labels"] if label["name"] == kind)


def test_a_requirements_test(results: dict[str, dict[str, Any]]) -> None:
    """It stands below its first requirement's epic, is tagged with all, and is as grave as the gravest of them."""
    named = results["test_named"]

    assert _labels(named, "epic") == ["Payments"]
    assert _labels(named, "feature") == ["PAY-7 Webhook processing"]
    assert _labels(named, "severity") == ["blocker"]
    assert {"PAY-7", "PAY-10"} <= set(_labels(named, "tag"))
    assert _labels(named, "owner") == ["billing"]
    assert named["description"] == "A webhook is believed once."


def test_links_lead_to_text_and_task(results: dict[str, dict[str, Any]]) -> None:
    """Where somebody says where the code lies, the report leads to the test's line and to the plan's task."""
    links = {link["name"]: link["url"] for link in results["test_named"]["links"]}

    assert links["PAY-7"] == "https://code.example/blob/c0ffee/docs/requirements.md#pay-7"
    assert links["the test's text"].startswith("https://code.example/blob/c0ffee/")
    assert links["the test's text"].endswith("#L4")


def test_a_test_of_nothing_required(results: dict[str, dict[str, Any]]) -> None:
    """A test that names no requirement has no owner, and stands by its folder."""
    assert _labels(results["test_unnamed"], "owner") == []
    assert _labels(results["test_unnamed"], "severity") == ["normal"]


def test_a_runner_says_where_the_code_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub's variables give the address; without any, there are no links."""
    for name in (SOURCE, "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    assert source_address() is None
    for name, value in (("SERVER_URL", "https://g.example"), ("REPOSITORY", "a/b"), ("SHA", "c0ffee")):
        monkeypatch.setenv(f"GITHUB_{name}", value)

    assert source_address() == "https://g.example/a/b/blob/c0ffee"


def test_the_page_of_requirements_is_the_catalogue() -> None:
    """docs/requirements.md says what the catalogue says; `python -m reports.catalogue.requirements_page` draws it."""
    assert requirements_page.FILE.read_text() == requirements_page.page()
