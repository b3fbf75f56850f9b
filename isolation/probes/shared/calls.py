"""Calls of routines, with what a tenant's rows hold as arguments."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ...model.catalog import Routine, RoutineKind
from ...model.sql import literal
from .arguments import Arguments

_ANY = {
    **dict.fromkeys(("anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray", '"any"'), "text"),
    **dict.fromkeys(("anyarray", "anycompatiblearray"), "text[]"),
    "record": "text",  # a row of one text
}
_VERBS = {RoutineKind.PROCEDURE: "call", RoutineKind.AGGREGATE: "select"}
COMBINATIONS, DOUBLE, LIKELY = 32, 8, 2
"""Calls of one routine; of those, at first, with two arguments changed; which choices of each are likely."""


def calls(arguments: Arguments, routine: Routine, side: str) -> list[str]:
    """Calls with identifiers of this side, likeliest first."""
    if (types := _types(routine)) is None:
        return []
    options = [arguments.of(a.name, type_, routine, side) for a, type_ in zip(routine.arguments, types, strict=True)]
    chosen = list(itertools.islice(_spread(options), COMBINATIONS))
    short = [c[: len(c) - routine.defaults] for c in chosen[:1] if routine.defaults]
    return [_call(routine, c) for c in (*chosen, *short)]


def _types(routine: Routine) -> list[str] | None:
    """What its arguments are given as: a text where any type will do; None where it takes what SQL cannot say."""
    types = [_ANY.get(a.type, "" if a.pseudo else a.type) for a in routine.arguments]
    return types if all(types) else None


def _call(routine: Routine, chosen: Sequence[str | None]) -> str:
    plain = "select" if routine.returns == "record" else "select * from"  # a record may have no columns to list
    verb = _VERBS.get(routine.kind, plain)
    typed = zip(chosen, _types(routine) or (), routine.arguments, strict=False)
    passed = [f"row({literal(v)}::text)" if a.type == "record" else f"{literal(v)}::{type_}" for v, type_, a in typed]
    if routine.variadic and len(passed) == len(routine.arguments):
        passed[-1] = f"variadic {passed[-1]}"
    return f"{verb} {routine.sql}({', '.join(passed)})"


def mixed(arguments: Arguments, routine: Routine) -> list[str]:
    """Calls in which one argument names what is A's and the others what is B's own: the check may look elsewhere."""
    types = _types(routine)
    if types is None or len(types) < 2:
        return []
    named = [(a.name, type_) for a, type_ in zip(routine.arguments, types, strict=True)]
    first = {side: [arguments.of(name, type_, routine, side)[0] for name, type_ in named] for side in "AB"}
    places = range(len(routine.arguments))
    return [_call(routine, [*first["B"][:n], first["A"][n], *first["B"][n + 1 :]]) for n in places]


def _spread(options: list[list[str | None]]) -> list[tuple[str | None, ...]]:
    """All first choices, then one changed at a time, the likeliest of each argument first, then two, then the rest."""
    first = tuple(o[0] for o in options)
    changes = sorted(((i, n) for i, o in enumerate(options) for n in range(1, len(o))), key=lambda change: change[1])
    single = [_changed(first, {i: options[i][n]}) for i, n in changes]
    likely = [change for change in changes if change[1] <= LIKELY]
    double = [_changed(first, {i: options[i][n], j: options[j][m]})
              for (i, n), (j, m) in itertools.combinations(likely, 2) if i != j]  # fmt: skip
    few = max(0, COMBINATIONS - DOUBLE)
    rest = itertools.islice(itertools.product(*options), COMBINATIONS)
    return list(dict.fromkeys([first, *single[:few], *double[:DOUBLE], *single[few:], *double[DOUBLE:], *rest]))


def _changed(first: tuple[str | None, ...], changes: Mapping[int, str | None]) -> tuple[str | None, ...]:
    return tuple(changes.get(place, value) for place, value in enumerate(first))


def named(entry: str, routine: Routine) -> bool:
    """Whether an entry of the configuration is this routine."""
    return "(" in entry and entry.split("(")[0].split(".")[-1].strip() == routine.routine
