"""The prover's account of itself: its counts and its verdict, compared with the cells that it lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reports.judging.facts import Isolation

AGAINST = ("leaked", "locked out", "unproven")
"""What no database that is isolated has a cell of."""


def contradictions(found: Isolation) -> Iterator[str]:
    """Say where `isolation.json` says two things at once; a document without its matrix says everything once."""
    if not found.matrix:
        return
    listed = Counter(str(cell.status) for cell in found.matrix)
    for name, told, there in (
        ("cells", found.cells, len(found.matrix)),
        ("blocked", found.blocked, listed["blocked"]),
        ("reached", found.reached, listed["reached"]),
    ):
        if told != there:
            yield f"isolation.json: {name} is {told}, and its matrix has {there}"
    if found.verdict == "isolated":
        for status in AGAINST:
            if listed[status]:
                yield f"isolation.json: the verdict is isolated, and its matrix has {listed[status]} cells {status}"
