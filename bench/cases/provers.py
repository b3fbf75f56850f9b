"""Our prover of isolation beside others on the same schemas: found, false alarms, undecided, seconds."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench import corpus
from bench.case import ROOT, Case, UnmeasurableError
from bench.peers import provers
from bench.peers.provers import ALARM, ERROR, QUIET, Prover, Target

REPORT = ROOT / "reports" / "out" / "provers.json"


@dataclass(slots=True)
class Score:
    """What a tool said of each schema, by case and kind; `why_not` where it could not be had."""

    tool: str
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: float = 0.0
    why_not: str = ""

    def found(self) -> list[str]:
        """Return the holes that it raises an alarm about, and none once they are repaired."""
        return [c for c, s in self.said.items() if (s.get("vulnerable"), s.get("twin")) == (ALARM, QUIET)]

    def share_found(self) -> float:
        """Of the holes."""
        holes = sum("vulnerable" in s for s in self.said.values())
        return len(self.found()) / holes if holes else 0.0

    def share_false(self) -> float:
        """Of the twins and the sound schemas: those with an alarm."""
        sound = [verdict for s in self.said.values() for kind, verdict in s.items() if kind != "vulnerable"]
        return sound.count(ALARM) / len(sound) if sound else 0.0

    def undecided(self) -> int:
        """Return the schemas of which it said neither."""
        return sum(list(s.values()).count(ERROR) for s in self.said.values())


def compare() -> float:
    """Every tool on every schema; prints the table and keeps what each said. Seconds that ours took.

    Raises UnmeasurableError.
    """
    from stack.embedded import Stack

    folder = corpus.where()
    schemas, scores = corpus.variants(folder), list[Score]()
    with Stack.start() as stack:
        dsn = stack.slice("bench").system.database_dsn
        assert dsn is not None
        for name, made in provers.ALL:
            try:
                scores.append(_scored(made(), dsn, schemas))
            except UnmeasurableError as reason:
                scores.append(Score(name, why_not=str(reason)))
    Console().print(table(scores, f"{len(schemas)} schemas of {_called(folder)}"))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps([asdict(score) for score in scores], indent=2) + "\n")
    if scores[0].undecided() == len(schemas):
        raise UnmeasurableError(
            "our prover decided nothing: run `python -m isolation` on one of the schemas to see why"
        )
    return scores[0].seconds


def _called(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else folder.name


def _scored(prover: Prover, dsn: str, schemas: Sequence[corpus.Variant]) -> Score:
    score = Score(prover.name)
    with tempfile.TemporaryDirectory() as folder:
        for variant in schemas:
            script = Path(folder, "schema.sql")
            script.write_text(variant.script)
            began = time.monotonic()
            verdict = _said(prover, dsn, variant, script)
            score.seconds += time.monotonic() - began
            score.said.setdefault(variant.case, {})[variant.kind] = verdict
    return score


def _said(prover: Prover, dsn: str, variant: corpus.Variant, script: Path) -> str:
    try:
        with corpus.database(dsn, variant.script) as url:
            return prover.judge(Target(url, script, variant.config))
    except psycopg.Error:
        return ERROR  # an extension that the server is without


def table(scores: Sequence[Score], title: str) -> Table:
    """Return a line for each tool; why, where there is none."""
    out = Table("tool", "found", "false alarms", "unproven or error", "seconds", title=title)
    for score in scores:
        if score.why_not:
            out.add_row(score.tool, f"not run: {score.why_not}")
            continue
        shares = (f"{100 * share:.0f} %" for share in (score.share_found(), score.share_false()))
        out.add_row(score.tool, *shares, str(score.undecided()), f"{score.seconds:.0f}")
    return out


CASES = (Case("isolation, beside its peers", compare, rounds=1),)
