"""How a run goes, shown every few seconds: a table that renews itself on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from load.judging.metric_status import count, outcomes
from load.running.load_run import LoadRun
from load.trials.trials import METRICS

EVERY_S = 5.0
_COLOURS = {"met": "green", "missed": "red", "undecided": "yellow", "not measured": "dim"}


class Progress:
    """Tells of a run on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._began = time.monotonic()
        self._told_at = 0.0

    def tell(self, load_run: LoadRun) -> None:
        """Show where the metrics stand, when it is time again."""
        now = time.monotonic()
        if now - self._told_at < (1.0 if self._console.is_terminal else EVERY_S):
            return
        self._told_at = now
        if self._console.is_terminal:
            self._live.update(table(load_run), refresh=True)
        else:
            self._console.print(f"{now - self._began:4.0f} s  {line(load_run)}", highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()


def line(load_run: LoadRun) -> str:
    """One line: how many customers have left, how many trials ended, and what is still open."""
    trials, status = load_run.trials, outcomes(load_run.trials)
    still = [f"{metric} {count(trials, metric).trials}" for metric in METRICS if status[metric] == "undecided"]
    decided = len(METRICS) - len(still)
    summary = f"{len(load_run.visits)} customers, {trials.closed} trials, {decided} of {len(METRICS)} metrics decided"
    return summary + (f"; open: {', '.join(still)}" if still else "")


def table(load_run: LoadRun) -> Table:
    """Every metric with its trials and its present verdict."""
    status = outcomes(load_run.trials)
    shown = Table("metric", "trials", "failed", "unknown", "verdict", title=f"{len(load_run.visits)} customers")
    for metric in METRICS:
        ended, verdict = count(load_run.trials, metric), status[metric]
        cells = (metric, str(ended.trials), str(ended.failures), str(ended.unknown))
        shown.add_row(*cells, f"[{_COLOURS[verdict]}]{verdict}[/]")
    return shown
