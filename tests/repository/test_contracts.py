"""The contracts on imports in `pyproject.toml` bite: what each forbids is refused once it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.repository.contracts import CONTRACTS, PACKAGES, names_of

ROOT = Path(__file__).parents[2]
PROGRAMS = {"raptorflow", "isolation", "mocks"}
"""The system under test and the two products: they stand in no layer of the harness."""


@dataclass(frozen=True, slots=True)
class Planted:
    """An import that a contract forbids. Modules are named with dots."""

    importer: str
    imported: str


def _forbidden(contract: dict[str, Any]) -> Iterator[Planted]:
    match contract["type"]:
        case "forbidden":
            for importer in contract["source_modules"]:
                yield from (Planted(importer, imported) for imported in contract["forbidden_modules"])
        case "independence":
            modules = contract["modules"]
            yield from (Planted(one, other) for one in modules for other in modules if one != other)
        case "layers":
            for container in contract.get("containers", [""]):
                layers = [[*names_of(container, layer)] for layer in contract["layers"]]
                for height, layer in enumerate(layers):
                    above = [name for higher in layers[:height] for name in higher]
                    beside = layer if "|" in contract["layers"][height] else []
                    for importer in layer:
                        yield from (Planted(importer, other) for other in (*above, *beside) if other != importer)
        case unknown:
            raise AssertionError(f"{contract['name']}: say here what a contract of type {unknown} forbids")


def _plant(tree: Path, number: int, planted: Planted) -> str:
    """Write the import into the tree; returns the module that has it."""
    place = tree.joinpath(*planted.importer.split("."))
    if not place.is_dir():
        module = place.with_suffix(".py")
        module.write_text(f"{module.read_text()}\nimport {planted.imported}\n")
        return planted.importer
    (place / f"planted_{number}.py").write_text(f"import {planted.imported}\n")
    return f"{planted.importer}.planted_{number}"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each contract by name, in a copy of the code with one forbidden import of every kind."""
    tree = tmp_path_factory.mktemp("planted")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tree / name, ignore=lambda folder, names: _left_out(Path(folder), names))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for number, planted in enumerate(planted for contract in CONTRACTS for planted in _forbidden(contract)):
        _plant(tree, number, planted)
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(  # noqa: S603
        command, cwd=tree, capture_output=True, text=True, check=False, env={"COLUMNS": "10000", "PATH": ""}
    )
    assert done.returncode == 1, done.stdout + done.stderr
    details = done.stdout.partition("Broken contracts")[2]
    parts = re.split(r"^(.+)\n-+\n", details, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _left_out(folder: Path, names: list[str]) -> set[str]:
    return {name for name in names if (folder / name).is_file() and not name.endswith(".py")} | {"__pycache__"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_every_import_that_it_forbids__refused(said: dict[str, str], contract: dict[str, Any]) -> None:
    """Each importer that a contract names, importing each module that it must not, is found in what the linter says."""
    assert contract["name"] in said, "the contract is kept although what it forbids was planted"
    text = said[contract["name"]]

    missed = [planted for planted in _forbidden(contract) if not _found(planted, text)]

    assert missed == []


def _found(planted: Planted, text: str) -> bool:
    importer, imported = re.escape(planted.importer), re.escape(planted.imported)
    return bool(re.search(rf"\b{importer}(\.planted_\d+)? -> {imported}\b", text))


def test_every_part_of_the_harness__stands_in_a_layer() -> None:
    """No package of the harness is left out of the layers, and none of the linter's packages is missing here."""
    layers = next(each["layers"] for each in CONTRACTS if each["type"] == "layers" and "containers" not in each)
    layered = {name for layer in layers for name in names_of("", layer)}
    folders = {file.parent.name for file in ROOT.glob("*/__init__.py")} | {"mocks"}

    assert folders == set(PACKAGES)
    assert folders - PROGRAMS <= layered
