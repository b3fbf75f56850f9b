"""The rows that a witness needs: all that were planted where they are few, else those that a finding concerns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..introspection.tenancy import Shape
from ..model.catalog import Catalog

FEW = 400


@dataclass(frozen=True, slots=True)
class Script:
    """The statements that planted, each with its relation, in order."""

    catalog: Catalog
    shape: Shape
    lines: Sequence[tuple[str, str]]

    def concerning(self, relation: str, text: str) -> list[str]:
        """What to plant so that what `text` says can be seen on a relation."""
        if len(self.lines) <= FEW:
            return [statement for _, statement in self.lines]
        words = set(re.findall(r"\w+", text))
        named = {r.name for r in self.catalog.relations.values() if r.table in words}
        wanted = self._closure([relation, *named, *filter(None, (self.shape.users, self.shape.membership))])
        return [statement for name, statement in self.lines if name in wanted]

    def _closure(self, names: Iterable[str]) -> set[str]:
        """These relations, what they refer to, what views read, and the partitions in which rows lie."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            relation = self.catalog.relations.get(waiting.pop())
            if relation is None or relation.name in found:
                continue
            found.add(relation.name)
            waiting += [k.target for k in relation.foreign_keys]
            waiting += [*relation.reads, *relation.parents, *(c.name for c in self.catalog.children(relation.name))]
        return found
