"""Which mutants there are, which lines somebody changed, and a sample of them."""

from __future__ import annotations

import random
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

from defects.defect import ROOT
from defects.mutants import python, text
from defects.mutants.mutant import Mutant
from evidence.code import for_git

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def everything(root: Path = ROOT) -> list[Mutant]:
    """Every mutant of the application, by file and place, but those that are argued to change nothing."""
    known = equivalent()
    found = [each for file in _files(root) for each in _mutants(str(file.relative_to(root)), file.read_text())]
    return [each for each in found if each.id not in known]


def equivalent(file: Path = EQUIVALENT) -> dict[str, str]:
    """Mutants that nobody could notice, by id, and why."""
    entries: dict[str, dict[str, str]] = tomllib.loads(file.read_text(encoding="utf-8")).get("mutant", {})
    return {name: entry["why"] for name, entry in entries.items()}


def changed(mutants: list[Mutant], base: str, root: Path = ROOT) -> list[Mutant]:
    """Return the mutants on lines that differ from a commit."""
    argv = ("git", "diff", "--unified=0", "--no-color", base, "--", "raptorflow")
    told = subprocess.run(argv, cwd=root, env=for_git(), capture_output=True, text=True, check=True).stdout  # noqa: S603
    lines: set[tuple[str, int]] = set()
    file = ""
    for line in told.splitlines():
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
        elif hunk := _HUNK.match(line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            lines |= {(file, number) for number in range(first, first + count)}
    return [each for each in mutants if (each.file, each.line) in lines]


def sampled(mutants: list[Mutant], most: int, seed: int) -> list[Mutant]:
    """At most so many, drawn evenly over all, in an order that is drawn as well: the first ones are a sample, too."""
    chance = random.Random(seed)  # noqa: S311
    return chance.sample(mutants, min(most, len(mutants)))


def _files(root: Path) -> Iterator[Path]:
    for pattern in ("*.py", "*.sql", "*.html"):
        yield from sorted(file for file in (root / "raptorflow").rglob(pattern) if "__pycache__" not in file.parts)


def _mutants(file: str, content: str) -> Iterator[Mutant]:
    if file.endswith(".sql"):
        yield from text.of_sql(file, content)
    elif file.endswith(".html"):
        yield from text.of_template(file, content)
    else:
        yield from python.mutants(file, content)
        yield from text.of_statements(file, content)
