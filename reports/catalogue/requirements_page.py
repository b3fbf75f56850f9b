"""docs/requirements.md: what is to be proved, for people; drawn from the catalogue, so that both say the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from reports.catalogue import declared
from reports.catalogue.declared import Metric, Requirement

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "requirements.md"


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# The twenty requirements"
    yield ""
    named = named_by_tests()
    promises = declared.promises()
    yield "The plan's tasks, as what a release must prove. Drawn from `requirements.toml`, `promises.toml` and"
    yield "`metrics.toml` in `reports/catalogue/` by `python -m reports.catalogue.requirements_page`."
    yield "A test says which it proves by `@pytest.mark.requirement(…)`, and which of the contract's single promises it"
    yield "would see broken by `@pytest.mark.promise(…)`, which implies the requirement. A requirement with a promise"
    yield "that no test names is *not measured*."
    yield ""
    yield f"Promises that tests name: {sum(name in named for name in promises)} of {len(promises)}."
    yield ""
    yield "| id | requirement | task | severity | owner | promises | metrics |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from (_row(each, named) for each in declared.requirements().values())
    yield ""
    yield "## Promises without a test"
    yield ""
    left = [f"- {name}: {each.says}" for name, each in promises.items() if name not in named]
    yield from left or ["None."]
    yield ""


def named_by_tests(folder: Path = ROOT / "tests") -> set[str]:
    """Return the promises that a test's source names."""
    found: set[str] = set()
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "promise":
                found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
    return found


def _row(each: Requirement, named: set[str]) -> str:
    promises = declared.promises_of(each.id)
    covered = f"{sum(name in named for name in promises)} of {len(promises)}"
    metrics = ", ".join(f"`{metric.id}`" for metric in declared.metrics().values() if _serves(metric, each))
    anchor = f'<a id="{each.id.lower()}"></a>{each.id}'
    return f"| {anchor} | {each.title} | {each.task} | {each.severity} | {each.owner} | {covered} | {metrics} |"


def _serves(metric: Metric, requirement: Requirement) -> bool:
    return requirement.id in metric.requirements


if __name__ == "__main__":
    FILE.write_text(page())
