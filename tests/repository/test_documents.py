"""Documents can be found from the README, lead where something is, and say what is so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.repository.contracts import CONTRACTS, PACKAGES, names_of

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
HOUSE = {
    *("cell", "control", "canary", "trial", "claim", "slice", "witness", "driver", "defect", "mutant", "promise"),
    *("reconciliation", "ledger", "cell log", "dataset", "worker pool", "mutant generator", "webhook conditions"),
    *("visit", "claim log", "coordinator", "worker link", "gateway orders", "metric status", "coordination"),
    *("delivery mode", "services", "container network", "child", "port forwarder", "stack pool", "session"),
}
"""The words that every reader meets first, and those that replaced others."""


def documents() -> list[Path]:
    """Every document that people read: those of the repository's root, of `docs`, and of the tiers of tests."""
    return [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests").glob("**/README.md"),
        *(ROOT / "isolation").glob("*.md"),
        *(ROOT / "mocks").glob("**/README.md"),
    ]


def links(document: Path) -> Iterator[Path]:
    """The files that a document leads to."""
    for target in LINK.findall(document.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            yield (document.parent / target).resolve()


def test_each_link__leads_to_something() -> None:
    """What a document links to is there."""
    lost = [f"{each.relative_to(ROOT)}: {to}" for each in documents() for to in links(each) if not to.exists()]

    assert lost == []


def test_each_document__is_found_from_the_readme() -> None:
    """Whoever begins at the README and follows links comes to every document of `docs` and of the tests."""
    found, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page not in found:
            found.add(page)
            left += [to for to in links(page) if to.suffix == ".md" and to.exists()]

    meant = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*/README.md"), ROOT / "CONTRIBUTING.md"]
    assert [str(page.relative_to(ROOT)) for page in meant if page not in found] == []


def test_each_tier_of_tests__says_what_belongs_there() -> None:
    """Each folder of tests has a page."""
    tiers = {file.parent for file in (ROOT / "tests").glob("*/*.py")}

    assert [tier.name for tier in tiers if not (tier / "README.md").exists()] == []


def test_glossary__has_each_word_once_in_order() -> None:
    """The glossary explains the words of the house, each once, in alphabetical order."""
    rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)[2:]
    terms = [term for term, _ in rows]

    assert terms == sorted(set(terms), key=str.lower)
    assert set(terms) >= HOUSE
    assert [term for term, text in rows if len(text) < 20] == []


def test_picture_of_directions__agrees_with_the_contracts() -> None:
    """Each arrow of the architecture's picture is an import that the layers allow, and no package is left out."""
    layers = next(each["layers"] for each in CONTRACTS if each["type"] == "layers" and "containers" not in each)
    height = {name: -level for level, layer in enumerate(layers) for name in names_of("", layer)}
    picture = (ROOT / "docs" / "architecture.md").read_text().partition("```mermaid")[2].partition("```")[0]
    arrows = [
        (one, other.strip())
        for one, others in re.findall(r"^    (\w+) -->(.*)$", picture, re.MULTILINE)
        for other in others.split("&")
    ]

    assert [arrow for arrow in arrows if height[arrow[0]] <= height[arrow[1]]] == []
    assert [name for name in PACKAGES if not re.search(rf"\b{name}\b", picture)] == []


def test_version__is_in_the_changelog() -> None:
    """The version of `pyproject.toml` is one that the changelog knows."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
