"""Through what a breakage may show: relations, what reads or asks them, and routines."""

from __future__ import annotations

import re

from ..model.catalog import Catalog
from .mutants import Mutant


def reached(catalog: Catalog, mutant: Mutant) -> list[str]:
    """The relations through which a breakage shows: itself, its family, views on it, and what asks it."""
    names: list[str] = []
    todo = [mutant.relation] if mutant.relation else []
    if mutant.routine:
        todo += asking(catalog, mutant.routine.split(".")[-1] + "(")
    while todo:
        name = todo.pop(0)
        if name in names or name not in catalog.relations:
            continue
        names.append(name)
        relation = catalog.relations[name]
        todo += [*relation.parents, *(c.name for c in catalog.children(name))]
        todo += [r.name for r in catalog.relations.values() if name in r.reads]
        todo += asking(catalog, relation.table)
    return names


def asking(catalog: Catalog, word: str) -> list[str]:
    """The relations whose policies name this."""
    named = re.compile(rf"\b{re.escape(word)}" + ("" if word.endswith("(") else r"\b"))
    return [
        r.name
        for r in catalog.relations.values()
        if any(e and named.search(e) for p in r.policies for e in (p.using, p.check))
    ]


def calls(catalog: Catalog, mutant: Mutant, name: str, source: str) -> bool:
    """Whether a routine is the one that was broken, or calls it, or works on the relation that was."""
    if mutant.routine:
        return name == mutant.routine or mutant.routine.split(".")[-1] + "(" in source
    table = catalog.relations[mutant.relation].table if mutant.relation else ""
    return bool(table and re.search(rf"\b{re.escape(table)}\b", source))
