"""Filling in a step as a person does: each control by its label, inside its group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page

from drivers.labels import NO_CONTRADICTIONS, Labels

GROUPS_IN_VIEW = 3


def fill(page: Page, data: Mapping[str, Any], labels: Labels) -> None:
    """Enter every answer of `data` into the step that the page shows."""
    main = page.get_by_role("main")
    for name, value in data.items():
        _enter(main, name, value, labels)


def _enter(where: Locator, path: str, value: Any, labels: Labels) -> None:
    if isinstance(value, Mapping):
        group = where.get_by_role("group", name=labels.of(path), exact=True)
        for name, inner in value.items():
            _enter(group, f"{path}.{name}", inner, labels)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        _enter_groups(where, path, value, labels)
    elif isinstance(value, bool):
        where.get_by_label(labels.of(path), exact=True).set_checked(value)
    elif value == [] and path == "contradictions":
        where.get_by_label(labels(NO_CONTRADICTIONS), exact=True).check()
    else:
        where.get_by_label(labels.of(path), exact=True).fill(_typed(value))


def _enter_groups(where: Locator, path: str, values: list[Mapping[str, Any]], labels: Labels) -> None:
    if len(values) > GROUPS_IN_VIEW:
        where.get_by_text(labels(f"More {labels.of(path).lower()}s"), exact=True).click()
    for number, value in enumerate(values, 1):
        group = where.get_by_role("group", name=f"{labels.of(path)} {number}", exact=True)
        for name, inner in value.items():
            _enter(group, f"{path}.{name}", inner, labels)


def _typed(value: Any) -> str:
    return "\n".join(str(line) for line in value) if isinstance(value, list) else str(value)
