"""What the prover says, as a table for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from ..model.cell import Status
from .document import Report

LISTED, SAID = 60, 12
GOOD = frozenset((Status.BLOCKED, Status.REACHED))
_RANK = {Status.BLOCKED: 0, Status.REACHED: 0, Status.UNPROVEN: 1, Status.LEAKED: 2, Status.LOCKED_OUT: 2}
_LOOK = {
    Status.BLOCKED: "[green]·[/]",
    Status.REACHED: "[green]·[/]",
    Status.UNPROVEN: "[yellow]?[/]",
    Status.LEAKED: "[red]LEAK[/]",
    Status.LOCKED_OUT: "[red]OUT[/]",
}


def show(report: Report, console: Console) -> None:
    """Print relations down, operations across, then every finding."""
    _show_source(report.source, console)
    rows: dict[str, dict[str, Status]] = defaultdict(dict)
    for cell in report.cells:
        operation = cell.key.operation.split()[0].rstrip(",")
        before = rows[cell.key.target].get(operation, cell.status)
        rows[cell.key.target][operation] = max(before, cell.status, key=_RANK.__getitem__)
    operations = list(dict.fromkeys(o for row in rows.values() for o in row))
    table = Table("relation", *operations)
    wanted = {r: row for r, row in rows.items() if len(rows) <= LISTED or not GOOD.issuperset(row.values())}
    for relation, row in wanted.items():
        table.add_row(relation, *(_LOOK[row[o]] if o in row else "" for o in operations))
    for line in report.assumed[:SAID]:
        console.print(f"[yellow]assumed[/]: {line}", highlight=False)
    if len(report.assumed) > SAID:
        console.print(f"and {len(report.assumed) - SAID} more assumptions: see --json", highlight=False)
    console.print(table)
    if len(wanted) < len(rows):
        console.print(f"and {len(rows) - len(wanted)} more, of which every cell is blocked", highlight=False)
    _show_findings(report, console)
    rate = len(report.cells) / report.duration_s if report.duration_s else 0
    wrong = report.count(Status.LEAKED, Status.LOCKED_OUT)
    console.print(
        f"{report.verdict}: {report.count(*GOOD)} of {len(report.cells)} cells blocked or reached, {wrong} leaked,"
        f" {len(report.unproven)} unproven, {report.controls_fired} controls fired;"
        f" {report.duration_s:.3f} s, {rate:.0f} cells/s",
        highlight=False,
    )


def _show_source(source: Mapping[str, Any], console: Console) -> None:
    """What a reader must know before the verdict: what stands in for what."""
    if source.get("platform"):
        console.print(f"platform: {source['platform']}; its own schemas were made first", highlight=False)
    if source.get("stand_ins"):
        console.print(f"stand-ins for extensions: {', '.join(source['stand_ins'])}", highlight=False)


def _show_findings(report: Report, console: Console) -> None:
    for finding in report.findings:
        where = f"{finding.actor} · {finding.operation} · {finding.relation}"
        more = f" (and {len(finding.opens) - 1} more that the same cause opens)" if len(finding.opens) > 1 else ""
        console.print(f"[red]{finding.kind}[/]: {where}: {finding.seen}{more}", highlight=False)
        console.print(f"    fix: {finding.fix}", highlight=False)
    for entry in report.unproven:
        where = f"{entry['relation']} · {entry['operation']}"
        console.print(f"[yellow]unproven[/]: {where}: {entry['why']}", highlight=False)
