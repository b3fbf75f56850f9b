"""docs/requirements.md: what is to be proved, for people; drawn from the catalogue, so that both say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reports.catalogue import declared
from reports.catalogue.declared import Metric, Requirement

FILE = Path(__file__).parents[2] / "docs" / "requirements.md"


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# The twenty requirements"
    yield ""
    yield "The plan's tasks, as what a release must prove. Drawn from `requirements.toml` and `metrics.toml` in"
    yield "`reports/catalogue/` by `python -m reports.catalogue.requirements_page`."
    yield "A test says which it proves by `@pytest.mark.requirement(…)`."
    yield ""
    yield "| id | requirement | task | severity | owner | metrics |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from map(_row, declared.requirements().values())
    yield ""


def _row(each: Requirement) -> str:
    metrics = ", ".join(f"`{metric.id}`" for metric in declared.metrics().values() if _serves(metric, each))
    anchor = f'<a id="{each.id.lower()}"></a>{each.id}'
    return f"| {anchor} | {each.title} | {each.task} | {each.severity} | {each.owner} | {metrics} |"


def _serves(metric: Metric, requirement: Requirement) -> bool:
    return requirement.id in metric.requirements


if __name__ == "__main__":
    FILE.write_text(page())
