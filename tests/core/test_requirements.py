"""The catalogue of requirements is read once, whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.requirements import CatalogueError, requirements

ONE = """[[requirement]]
id = "PAY-7"
title = "Webhook processing"
epic = "Payment"
task = 7
owner = "payments"
severity = "blocker"
"""


def test_shipped_catalogue__has_the_plans_twenty_tasks() -> None:
    """The repository's catalogue holds the tasks 1 to 20 of the plan, in their order."""
    assert [each.task for each in requirements().values()] == list(range(1, 21))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no requirement"),
        ("[[requirement", "cannot be read as TOML"),
        (ONE.replace("blocker", "grave"), "requirement 1: severity input should be 'blocker'"),
        (ONE.replace('"PAY-7"', '"pay 7"'), "requirement 1: id string should match"),
        (ONE.replace("title", "titel"), "requirement 1: title is missing; an entry has id, title"),
        (ONE + "port = 1", "requirement 1: port is unknown; an entry has id"),
        ("requirement = 1", "requirement must be a list; write [[requirement]]"),
        (ONE.replace("[[requirement]]", "[[requirment]]"), "requirment is unknown; entries are written"),
        (ONE + ONE, "PAY-7: stands there twice"),
    ],
)
def test_bad_catalogue__names_file_and_field(tmp_path: Path, text: str, problem: str) -> None:
    """A catalogue that cannot be believed is one line: the file, the field, the problem."""
    file = tmp_path / "requirements.toml"
    file.write_text(text)

    with pytest.raises(CatalogueError) as refusal:
        requirements(file)

    assert str(refusal.value).startswith(f"{file}: {problem}")
    assert "\n" not in str(refusal.value)


def test_missing_catalogue__named(tmp_path: Path) -> None:
    """A catalogue that is not there is named."""
    with pytest.raises(CatalogueError, match=r"nowhere\.toml: cannot be read"):
        requirements(tmp_path / "nowhere.toml")
