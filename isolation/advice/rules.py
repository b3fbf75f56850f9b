"""Advice, never a verdict: what a linter reads in the policies, what is slow, and servers with known flaws."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..database.clones import Connection
from ..model.catalog import Catalog
from ..model.sql import quote

Advice = dict[str, str]
"""`{rule, severity, relation, message}`."""
FLAWS = (
    ("CVE-2024-10976", "a plan that was made for one role may be reused for another under row security",
     {12: 21, 13: 17, 14: 14, 15: 9, 16: 5, 17: 1}),
    ("CVE-2025-8713", "statistics of the planner tell of rows that a policy or a view hides",
     {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}),
    ("CVE-2023-39418", "MERGE does not enforce every policy for UPDATE and SELECT", {15: 4}),
    ("CVE-2023-2455", "policies may be evaluated as another user once a function was inlined",
     {11: 20, 12: 15, 13: 11, 14: 8, 15: 3}),
)  # fmt: skip
"""What, and the first release of each major version that is without it."""
_PER_ROW = re.compile(r"(?<!select )(?<!select\n )\b(auth\.(?:uid|jwt|role)|current_setting)\s*\(", re.I)
_COMPARED = re.compile(r"\b(\w+)\)? = ")
_INDEXED = """
select distinct a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
where i.indrelid = %s
"""


def advise(connection: Connection, catalog: Catalog, schemas: Sequence[str]) -> list[Advice]:
    """Everything worth a look, each as ``{rule, severity, relation, message}``."""
    found = [*_server(connection.info.server_version), *_policies(connection, catalog)]
    return [*found, *_linted(connection, schemas or sorted({r.schema for r in catalog.relations.values()}))]


def _entry(rule: str, severity: str, relation: str, message: str) -> Advice:
    return {"rule": rule, "severity": severity, "relation": relation, "message": " ".join(message.split())}


def _server(version: int) -> Iterator[Advice]:
    major, minor = divmod(version, 10000)
    for name, what, repaired in FLAWS:
        first = repaired.get(major)
        if first is not None and minor < first:
            told = f"PostgreSQL {major}.{minor}: {what}; {major}.{first} and newer are without it"
            yield _entry(name, "warning", "", told)


def _policies(connection: Connection, catalog: Catalog) -> Iterator[Advice]:
    for relation in catalog.relations.values():
        indexed = {name for (name,) in connection.execute(_INDEXED, (relation.oid,))} if relation.policies else set()
        for policy in relation.policies:
            texts = [t for t in (policy.using, policy.check) if t]
            called = next((m[1] for t in texts if (m := _PER_ROW.search(t))), None)
            if called and policy.using:
                told = f"policy {policy.name} calls {called}() for every row: write (select {called}(…))"
                yield _entry("per-row-call", "info", relation.name, told)
            for column in dict.fromkeys(c for c in _COMPARED.findall(policy.using or "") if relation.column(c)):
                if column not in indexed:
                    told = f"policy {policy.name} compares {column}, and no index begins with it: create index on "
                    yield _entry("no-index", "info", relation.name, f"{told}{relation.sql} ({quote(column)})")


def _linted(connection: Connection, schemas: Sequence[str]) -> Iterator[Advice]:
    """What pgrls says, where it is installed; where it breaks, that it did: it is a guest here."""
    if importlib.util.find_spec("pgrls") is None:
        return
    from pgrls.introspect import introspect  # brings a parser under the GPL, which the prover itself does without
    from pgrls.rules import all_rules

    try:
        schema: Any = introspect(connection, schemas=list(schemas))
        told = [(rule, violation) for rule in all_rules() for violation in rule.check(schema, {})]
    except Exception as error:
        yield _entry("pgrls", "info", "", f"pgrls could not read this database: {type(error).__name__}: {error}")
        return
    for _, violation in told:
        where = getattr(violation, "location", "") or ""
        yield _entry(f"pgrls {violation.rule_id}", violation.severity, str(where), violation.message)
