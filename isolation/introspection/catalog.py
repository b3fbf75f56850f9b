"""Reads a database's catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg

from ..model.catalog import (
    Argument,
    Catalog,
    Category,
    Check,
    Column,
    Command,
    ForeignKey,
    Identity,
    Key,
    NumberSequence,
    OnDelete,
    Policy,
    Relation,
    RelationKind,
    Routine,
    RoutineKind,
    Write,
)
from .queries import GRANTS, HELD, RELATIONS, ROLES, ROUTINES

_RELATION_KINDS = {
    "r": RelationKind.TABLE,
    "p": RelationKind.PARTITIONED,
    "v": RelationKind.VIEW,
    "m": RelationKind.MATERIALIZED,
    "f": RelationKind.FOREIGN,
}
_ROUTINE_KINDS = {"f": RoutineKind.FUNCTION, "p": RoutineKind.PROCEDURE, "a": RoutineKind.AGGREGATE}
_COMMANDS = {"r": Command.SELECT, "a": Command.INSERT, "w": Command.UPDATE, "d": Command.DELETE, "*": Command.ALL}
_ON_DELETE = {
    "a": OnDelete.NOTHING,
    "r": OnDelete.RESTRICT,
    "c": OnDelete.CASCADE,
    "n": OnDelete.SET_NULL,
    "d": OnDelete.SET_DEFAULT,
}
_IDENTITIES = {"a": Identity.ALWAYS, "d": Identity.BY_DEFAULT, "": Identity.NONE}
_CATEGORIES = {
    "S": Category.TEXT,
    "N": Category.NUMBER,
    "B": Category.BOOLEAN,
    "D": Category.MOMENT,
    "T": Category.SPAN,
    "E": Category.ENUM,
    "A": Category.ARRAY,
    "U": Category.USER,
}


def _rows(connection: psycopg.Connection[Any], query: str, **values: object) -> list[dict[str, Any]]:
    cursor = connection.execute(query, values)
    names = [d.name for d in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def read(connection: psycopg.Connection[Any], schemas: Sequence[str] = ()) -> Catalog:
    """Read the catalog of the connected database; ``schemas`` empty means all but system and extension schemas."""
    choice = {"all": not schemas, "schemas": list(schemas)}
    relations = {r.name: r for r in map(_relation, _rows(connection, RELATIONS, **choice))}
    routines = tuple(map(_routine, _rows(connection, ROUTINES, **choice)))
    grants = _rows(connection, GRANTS)
    own = {g["name"]: tuple((a, b) for a, b in g["own_grants"]) for g in grants}
    sequences = tuple(NumberSequence(g["name"], g["schema"], g["bare"]) for g in grants if g["kind"] == "S")
    texts = [e for r in relations.values() for p in r.policies for e in (p.using, p.check) if e]
    texts += [r.definition for r in relations.values() if r.definition] + [r.source for r in routines]
    return Catalog(
        relations=relations,
        routines=tuple(r for r in routines if r.returns not in ("trigger", "event_trigger")),
        sequences=sequences,
        sources={r.oid: r.source for r in routines if r.kind is not RoutineKind.AGGREGATE},
        trigger_sources={r.signature: r.source for r in routines if r.returns == "trigger"},
        roles={r["rolname"]: r for r in _rows(connection, ROLES)},
        specific_grants=own,
        held={(h["role"], h["name"]): frozenset(h["privileges"]) for h in _rows(connection, HELD)},
        version=connection.info.server_version // 10000,
        texts="\n".join(texts),
    )


def _relation(row: dict[str, Any]) -> Relation:
    constraints = row.pop("constraints") or []
    if within := row.pop("partition_check"):
        named = [c["name"] for c in row["columns"] or () if re.search(rf"\b{re.escape(c['name'])}\b", within)]
        constraints.append({"type": "c", "name": "", "columns": named, "definition": within})
    keys = [Key(k["name"], tuple(k["columns"] or ()), k["primary"], False) for k in row.pop("keys") or []]
    columns = []
    for c in row.pop("columns") or []:
        lists = {k: tuple(c[k]) for k in ("labels", "domain_checks", "fields")}
        kinds = {"identity": _IDENTITIES[c["identity"]], "category": _CATEGORIES.get(c["category"], Category.OTHER)}
        columns.append(Column(**{**c, **lists, **kinds}))
    keys += [Key(k["name"], tuple(k["columns"] or ()), False, True) for k in constraints if k["type"] == "x"]
    for name in ("options", "parents", "partition_key", "reads", "triggers"):
        row[name] = tuple(row[name])
    row |= {"kind": _RELATION_KINDS[row["kind"]], "updatable": Write(row["updatable"])}
    return Relation(
        **{k: v for k, v in row.items() if k != "policies"},
        name=f"{row['schema']}.{row['table']}",
        columns=tuple(columns),
        foreign_keys=tuple(
            ForeignKey(tuple(k["columns"]), k["target"], tuple(k["target_columns"]), _ON_DELETE[k["on_delete"]])
            for k in constraints
            if k["type"] == "f"
        ),
        keys=tuple(keys),
        checks=tuple(
            Check(k["name"], tuple(k["columns"] or ()), k["definition"]) for k in constraints if k["type"] == "c"
        ),
        policies=tuple(map(_policy, row["policies"] or ())),
    )


def _policy(row: dict[str, Any]) -> Policy:
    return Policy(**{**row, "roles": tuple(row["roles"] or ()), "command": _COMMANDS[row["command"]]})


def _routine(row: dict[str, Any]) -> Routine:
    row["arguments"] = tuple(Argument(name, type_, kind == "p") for name, type_, kind in row["arguments"])
    row["kind"] = _ROUTINE_KINDS[row["kind"]]
    row["settings"], row["executors"] = tuple(row["settings"]), tuple(row["executors"])
    return Routine(**row, name=f"{row['schema']}.{row['routine']}")
