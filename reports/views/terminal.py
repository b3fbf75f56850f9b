"""The scorecard as a table in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reports.judging.scorecard import Scorecard
from reports.views import words

STYLES = {
    **dict.fromkeys(("go", "met", "passed"), "green"),
    **dict.fromkeys(("no-go", "missed", "failed"), "red"),
    **dict.fromkeys(("undecided", "not measured"), "yellow"),
}
MOST_REASONS = 12


def show(card: Scorecard, console: Console | None = None) -> None:
    """Print metrics, requirements, reasons and, where the eye rests, the verdict."""
    console = console or Console()
    console.print(_metrics(card), _requirements(card))
    for line in words.code(card):
        console.print(f"  judged: {escape(line)}", style="yellow", highlight=False)
    for reason in card["reasons"][:MOST_REASONS]:
        console.print(f"- {escape(reason)}", highlight=False)
    if (more := len(card["reasons"]) - MOST_REASONS) > 0:
        console.print(f"  and {more} more: see scorecard.md")
    style = STYLES[card["verdict"]]
    console.print(f"\n[bold {style}]{escape(words.headline(card))}[/]  {words.tally(card)}.", highlight=False)


def _metrics(card: Scorecard) -> Table:
    table = Table()
    for name in ("metric", "target", "rate", "95 % bounds"):
        table.add_column(name, no_wrap=True)
    table.add_column("trials", justify="right")
    table.add_column("verdict", no_wrap=True)
    for row in card["metrics"]:
        bounds = (words.goal(row), words.percent(row["rate"]), words.span(row))
        table.add_row(row["id"], *bounds, f"{row['trials']:,}", _verdict(row["verdict"]))
    return table


def _requirements(card: Scorecard) -> Table:
    table = Table("id", "requirement", "tests", "promises")
    table.add_column("verdict", no_wrap=True)
    for row in card["requirements"]:
        table.add_row(row["id"], row["title"], words.tests(row), words.promises(row), _verdict(row["verdict"]))
    return table


def _verdict(verdict: str) -> str:
    return f"[{STYLES[verdict]}]{verdict}[/]"
