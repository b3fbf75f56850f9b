"""The contracts on imports, as `pyproject.toml` has them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: list[dict[str, Any]] = LINTER["contracts"]
PACKAGES: list[str] = LINTER["root_packages"]


def names_of(container: str, layer: str) -> Iterator[str]:
    """The modules of a layer, whole."""
    for name in re.split(r"[|:]", layer):
        yield ".".join(filter(None, (container, name.strip().strip("()"))))
