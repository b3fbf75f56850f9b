"""What the prover says: a document for machines, a table for people."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rich.console import Console
from rich.table import Table

from isolation.engine.prove import Proof

LISTED = 60
CHANNELS = [
    "SELECT",
    "INSERT",
    "UPDATE and DELETE with and without WHERE",
    "moving and taking rows",
    "upsert",
    "RETURNING",
    "views",
    "materialized views",
    "partitions and children",
    "routines",
    "two steps",
    "forged claims and headers",
    "removed members",
    "unset and empty identity",
    "existence by unique key and foreign key",
    "interference",
    "leaky predicates",
    "roles, sequences, TRUNCATE, TRIGGER and REFERENCES",
    "temporary tables before those that routines mean",
    "cascades onto foreign rows",
    "settings that the client sets",
    "LISTEN",
    "reused connections and prepared plans",
    "access to one's own",
]


def document(proof: Proof, duration_s: float) -> dict[str, Any]:
    """The JSON output."""
    ledger, count = proof.ledger, proof.ledger.count()
    return {
        "verdict": ledger.verdict(),
        "cells": len(ledger.cells),
        "blocked": count["blocked"],
        "leaked": count["leaked"],
        "controls_fired": proof.controls_fired,
        "findings": [f.document() for f in ledger.findings],
        "unproven": ledger.unproven,
        "advice": proof.advice,
        "mutation": proof.mutation,
        "matrix": ledger.matrix(),
        "channels": CHANNELS,
        "inert": ledger.inert,
        "intent": dict(proof.config.declared),
        "duration_s": round(duration_s, 3),
    }


def show(body: dict[str, Any], console: Console) -> None:
    """Print relations down, operations across, then every finding."""
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    rank = {"blocked": 0, "unproven": 1, "leaked": 2}
    for cell in body["matrix"]:
        operation = cell["operation"].split()[0].rstrip(",")
        before = cells[cell["relation"]].get(operation, "blocked")
        cells[cell["relation"]][operation] = max(before, cell["status"], key=lambda s: rank[s])
    operations = list(dict.fromkeys(o for row in cells.values() for o in row))
    table = Table("relation", *operations)
    look = {"blocked": "[green]·[/]", "unproven": "[yellow]?[/]", "leaked": "[red]LEAK[/]"}
    wanted = {r: row for r, row in cells.items() if len(cells) <= LISTED or set(row.values()) != {"blocked"}}
    for relation, row in wanted.items():
        table.add_row(relation, *(look[row[o]] if o in row else "" for o in operations))
    console.print(table)
    if len(wanted) < len(cells):
        console.print(f"and {len(cells) - len(wanted)} more, of which every cell is blocked", highlight=False)
    for finding in body["findings"]:
        cell = f"{finding['actor']} · {finding['operation']} · {finding['relation']}"
        console.print(f"[red]{finding['class']}[/]: {cell}: {finding['seen']}", highlight=False)
        console.print(f"    fix: {finding['fix']}", highlight=False)
    for entry in body["unproven"]:
        console.print(
            f"[yellow]unproven[/]: {entry['relation']} · {entry['operation']}: {entry['why']}", highlight=False
        )
    rate = body["cells"] / body["duration_s"] if body["duration_s"] else 0
    console.print(
        f"{body['verdict']}: {body['blocked']} of {body['cells']} cells blocked, {body['leaked']} leaked,"
        f" {len(body['unproven'])} unproven, {body['controls_fired']} controls fired;"
        f" {body['duration_s']} s, {rate:.0f} cells/s",
        highlight=False,
    )
