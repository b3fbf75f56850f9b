"""Finds values that satisfy a relation's checks: proposes combinations, and has the database judge them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from ..database.clones import Connection
from ..model.catalog import Column, Relation
from ..model.sql import Values, literal, quote
from .proposals import proposals
from .values import fresh

Held = Mapping[str, Sequence[str | None]]
AT_ONCE, COMBINATIONS = 64, 6000
_DEFINITION = re.compile(r"^CHECK \((?P<body>.*?)\)(?: NO INHERIT)?(?: NOT VALID)?(?: NOT ENFORCED)?$", re.S)
_FUNCTION = """
create or replace function pg_temp.first_fit(condition text, alias text, tries text[]) returns int
language plpgsql as $fit$
declare fits boolean;
begin
  for i in 1 .. cardinality(tries) loop
    begin
      execute format('select coalesce((%s), true) from (select %s) as %I', condition, tries[i], alias) into fits;
      if fits then return i - 1; end if;
    exception when others then null;
    end;
  end loop;
  return -1;
end $fit$
"""


@dataclass(frozen=True, slots=True)
class Component:
    """Columns that checks tie together, and what must hold of them."""

    columns: tuple[Column, ...]
    condition: str
    texts: str


class Solver:
    """Asks one connection; what it has worked out about a relation it keeps."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._components: dict[str, list[Component]] = {}
        self._worked: dict[tuple[str, str], dict[str, int]] = {}
        self._defaults: dict[tuple[str, str], str | None] = {}
        connection.execute(_FUNCTION)

    def fitted(self, relation: Relation, values: Values, held: Held, owner: str, side: str, serial: int) -> Values:
        """The values with those changed that violate a check, a domain or their type.

        ``held`` says what else a column may be that means something. ``owner`` names the tenant: it gives way last.
        """
        anyone = {c: v for c, v in held.items() if c != owner or c not in values}
        for part in self._unfit(relation, values):
            for alternatives in (held, {**anyone, owner: [None]}, anyone):
                found = self._solve(relation, part, values, alternatives, side, serial)
                if found is not None:
                    values = {**values, **found}
                    break
        return values

    def _unfit(self, relation: Relation, values: Values) -> list[Component]:
        parts = self._parts(relation)
        if not parts:
            return []
        calls = ", ".join(["pg_temp.first_fit(%s, %s, %s)"] * len(parts))
        told = [(p.condition, relation.table, [self._record(relation, p, values)]) for p in parts]
        row = self._connection.execute(f"select {calls}".encode(), [v for t in told for v in t]).fetchone()
        return [p for p, found in zip(parts, row or (), strict=True) if found != 0]

    def _record(self, relation: Relation, part: Component, values: Values) -> str:
        return _selected(part, {c.name: self._current(relation, c, values) for c in part.columns})

    def _parts(self, relation: Relation) -> list[Component]:
        if relation.name not in self._components:
            self._components[relation.name] = list(components(relation))
        return self._components[relation.name]

    def _solve(
        self, relation: Relation, part: Component, values: Values, held: Held, side: str, serial: int
    ) -> Values | None:
        """What to change; None where nothing that was proposed fits."""
        current = {c.name: self._current(relation, c, values) for c in part.columns}
        choices = {}
        for column in part.columns:
            now = current[column.name]
            free = column.name not in held
            others = proposals(column, part.texts, side, serial) if free else held[column.name]
            choices[column.name] = list(dict.fromkeys([now, *others]))
        tries = itertools.chain(self._as_before(relation, part, choices), spread(choices))
        while batch := list(itertools.islice(tries, AT_ONCE)):
            if (index := self._fit(relation, part, batch)) >= 0:
                found = batch[index]
                self._worked[relation.name, part.condition] = {n: choices[n].index(v) for n, v in found.items()}
                return {k: v for k, v in found.items() if v != current[k]}
        return None

    def _as_before(self, relation: Relation, part: Component, choices: Held) -> Iterator[Values]:
        """The combination that has worked for the last row, with this row's values."""
        worked = self._worked.get((relation.name, part.condition))
        if worked and all(worked[n] < len(values) for n, values in choices.items()):
            yield {n: values[worked[n]] for n, values in choices.items()}

    def _current(self, relation: Relation, column: Column, values: Values) -> str | None:
        """What the row would hold: what is given, else what the default gives."""
        if column.name in values or column.default is None:
            return values.get(column.name)
        at = (relation.name, column.name)
        if at not in self._defaults:
            self._defaults[at] = None
            if "nextval" not in column.default:
                try:
                    row = self._connection.execute(f"select ({column.default})::{column.type}::text").fetchone()
                except psycopg.Error:
                    row = None
                self._defaults[at] = row[0] if row else None
        return self._defaults[at]

    def _fit(self, relation: Relation, part: Component, tries: Sequence[Values]) -> int:
        records = [_selected(part, t) for t in tries]
        query = "select pg_temp.first_fit(%s, %s, %s)"
        row = self._connection.execute(query, (part.condition, relation.table, records)).fetchone()
        return int(row[0]) if row else -1


def _selected(part: Component, values: Values) -> str:
    return ", ".join(f"{literal(values[c.name])}::{c.type} as {quote(c.name)}" for c in part.columns)


def spread(choices: Mapping[str, Sequence[str | None]]) -> Iterator[Values]:
    """Combinations: the first choices, then one column changed, then two, and so on."""
    names = list(choices)
    first = {n: choices[n][0] for n in names}
    made = 0
    for size in range(len(names) + 1):
        for changed in itertools.combinations(names, size):
            for others in itertools.product(*(choices[n][1:] for n in changed)):
                yield {**first, **dict(zip(changed, others, strict=True))}
                made += 1
                if made >= COMBINATIONS:
                    return


def components(relation: Relation) -> Iterator[Component]:
    """The checks, grouped by the columns that they share; and every column of a type that is choosy by itself."""
    sets: list[tuple[set[str], list[str]]] = []
    checks = [(set(c.columns), _body(relation, c.expression)) for c in relation.checks]
    checks += [({c.name}, "true") for c in relation.columns if not c.generated and _choosy(c)]
    for names, body in checks:
        joined = [s for s in sets if s[0] & names]
        sets = [s for s in sets if s not in joined]
        sets.append((names.union(*(j[0] for j in joined)), [*(b for j in joined for b in j[1]), body]))
    for names, bodies in sets:
        columns = tuple(c for c in relation.columns if not c.generated and (c.name in names or _read(c, bodies)))
        texts = " ".join([*bodies, *(t for c in columns for t in c.domain_checks)])
        if columns:
            counted = f"num_nonnulls({', '.join(quote(c.name) for c in columns)}) >= 0"  # else no cast is evaluated
            yield Component(columns, " and ".join([counted, *(f"coalesce(({b}), true)" for b in bodies)]), texts)


def _choosy(column: Column) -> bool:
    unknown = column.required and not column.default and fresh(column, "a", 1) is None
    return bool(column.domain_checks or column.fields) or unknown or column.length is not None


def _read(column: Column, bodies: Sequence[str]) -> bool:
    """Whether an expression mentions the column, as that of a generated one may."""
    return any(re.search(rf"(?<![\w.]){re.escape(column.name)}(?![\w(])", b) for b in bodies)


def _body(relation: Relation, definition: str) -> str:
    """The expression of a check, with what is generated written out."""
    found = _DEFINITION.match(definition)
    body = found["body"] if found else definition
    for column in relation.columns:
        if column.generated and column.default:
            body = re.sub(rf'(?<![\w."]){re.escape(column.name)}(?![\w"(])', f"({column.default})", body)
    return body
