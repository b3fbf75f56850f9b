"""docs/onboarding.md says what the system asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.customers import Customers
from tests.support.longest import step_schemas

pytestmark = pytest.mark.requirement("ONB-13")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "onboarding.md"


def documented() -> dict[str, str]:
    """The page's section for each step, by number as text."""
    parts = re.split(r"^### (\d+)\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def fields(schema: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str, int | None]]:
    """The path, the label and the most characters of each field that holds no other."""
    for name, given in schema["properties"].items():
        node = next((each for each in given.get("anyOf", ()) if each["type"] != "null"), given)
        inner = node.get("items", node)
        path = f"{within}{name}" + ("[]" if inner is not node and inner["type"] == "object" else "")
        if inner["type"] == "object":
            yield from fields(inner, f"{path}.")
        else:
            yield path, given["title"], inner.get("maxLength")


@pytest.mark.promise("ONB-13.12")
def test_every_field__is_documented_with_its_label_and_limit(customers: Customers) -> None:
    """Each field of each step's published schema has a row in the page: its label, its path, its limit."""
    sections = documented()
    missing = [
        (n, path)
        for n, schema in step_schemas(customers.nobody().call("GET", "openapi").json()).items()
        for path, label, limit in fields(schema)
        if not re.search(rf"{re.escape(label)} \| `{re.escape(path)}` \|.*\b{limit or ''}\b", sections[n])
    ]

    assert missing == []
    assert set(sections) == {str(n) for n in range(1, 24)}
