"""How the views say things, so that all of them say the same."""

from __future__ import annotations

from datetime import datetime

from reports.judging.scorecard import Scorecard

MOST_NAMED = 8


def headline(card: Scorecard) -> str:
    """Return the verdict in a sentence."""
    count = len(card["reasons"])
    reasons = "one reason" if count == 1 else f"{count} reasons"
    if card["verdict"] == "go":
        return "Go: everything that a release needs was proved."
    if card["exit_code"] == 4:
        return f"No-go: the evidence is broken or missing ({reasons} below)."
    if card["verdict"] == "no-go":
        return f"No-go: {reasons} below, the heaviest first."
    return f"Undecided: nothing speaks against a release, and {reasons} below keep it open."


def tally(card: Scorecard) -> str:
    """How many metrics and requirements are where, in a sentence."""
    metrics = [row["verdict"] for row in card["metrics"]]
    requirements = [row["verdict"] for row in card["requirements"]]
    return (
        f"{metrics.count('met')} of {len(metrics)} metrics met, "
        f"{requirements.count('passed')} of {len(requirements)} requirements passed"
    )


def percent(rate: float | None) -> str:
    """Return a rate as people read it: 99.95 %, and never 100 % for what is less."""
    if rate is None:
        return "–"
    shown = f"{rate * 100:.2f}".rstrip("0").rstrip(".")
    if shown == "100" and rate < 1:
        shown = "99.99"
    return f"{shown} %"


def goal(row: dict[str, object]) -> str:
    """Return a metric's target: > 98 %."""
    target = row["target"]
    assert isinstance(target, float)
    return f"{row['relation']} {percent(target)}"


def span(row: dict[str, object]) -> str:
    """Return the bounds of a rate."""
    low, high = row["low"], row["high"]
    if low is None and high is None:
        return "–"
    assert isinstance(low, float)
    return f"{percent(low).removesuffix(' %')}–{percent(float(str(high)) if high is not None else 1.0)}"


def tests(row: dict[str, object]) -> str:
    """A requirement's tests by outcome; why there are none."""
    counted = [f"{row[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped", "flaky") if row[outcome]]
    return ", ".join(counted) or str(row["why"])


def promises(row: dict[str, object]) -> str:
    """Of how many of a requirement's promises a test passed: 11 of 12 (PAY-9.4)."""
    left = row["promises_open"]
    assert isinstance(left, list)
    shown = f" ({', '.join(left[:4])}{', …' if len(left) > 4 else ''})" if left else ""
    return f"{row['promises_covered']} of {row['promises']}{shown}"


def duration(seconds: float | None) -> str:
    """3 min 20 s."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


def moment(text: str | None) -> str:
    """2026-11-23 01:40 UTC."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC" if text else "–"


def code(card: Scorecard) -> list[str]:
    """Return what was judged beside the commit.

    Files that differ from it, another application, variables that decide.
    """
    known = card["code"]
    if known is None:
        return []
    found = []
    if known["changed"]:
        more = f" and {known['changed'] - MOST_NAMED} more" if known["changed"] > MOST_NAMED else ""
        found.append(f"files that differ from the commit: {', '.join(known['changes'][:MOST_NAMED])}{more}")
    if (other := known["application"]) is not None:
        found.append(f"the application of {other['folder']} ({commit(other['commit'])}, digest {other['digest']})")
    if known["environment"]:
        found.append(f"set: {', '.join(f'{name}={value}' for name, value in known['environment'].items())}")
    return found


def commit(text: str | None) -> str:
    """Return the first ten characters, and whether files differ from it."""
    if not text:
        return "no commit"
    name, plus, changes = text.partition("+")
    return f"{name[:10]}{' with changes' if plus and changes else ''}"
