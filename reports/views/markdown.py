"""The scorecard as Markdown, for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reports.judging.scorecard import Scorecard
from reports.views import words

MARKS = {
    **{"met": "✅ met", "passed": "✅ passed", "ticked": "☑"},
    **{"missed": "❌ missed", "failed": "❌ failed", "open": "☒"},
    **{"undecided": "❔ undecided", "not measured": "– not measured"},
}
MOST_REASONS = 60


def markdown(card: Scorecard) -> str:
    """Return the whole scorecard; ends with a newline."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Scorecard) -> Iterator[str]:
    yield f"# {words.headline(card)}"
    yield ""
    yield f"{words.tally(card)}. Run `{card['run_id']}` of `{words.commit(card['commit'])}` against {card['target']}, "
    yield f"seed {card['seed']}, {words.moment(card['started_at'])}, {words.duration(card['duration_s'])}."
    yield from ("", *(f"Judged: {_escaped(line)}.  " for line in words.code(card)))
    yield ""
    yield from (f"- {_escaped(reason)}" for reason in card["reasons"][:MOST_REASONS])
    if len(card["reasons"]) > MOST_REASONS:
        yield f"- and {len(card['reasons']) - MOST_REASONS} more"
    yield from _section("Metrics", _metrics(card))
    yield from _section("Requirements", _requirements(card))
    yield from _section("Isolation", _facts(card["isolation"], "the prover left no result"))
    yield from _section("Reconciliation", _facts(card["reconciliation"], "no orders were joined"))
    yield from _section("Fresh mistakes, noticed at the first try", _detection(card))
    yield from _section("Deployment checklist", _checklist(card))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from lines


def _metrics(card: Scorecard) -> Iterator[str]:
    rows = (
        (
            f"{row['name']} `{row['id']}`",
            words.goal(row),
            words.percent(row["rate"]),
            words.span(row),
            f"{row['trials']:,}",
            MARKS[row["verdict"]],
        )
        for row in card["metrics"]
    )
    yield from _table(("metric", "target", "rate", "95 % bounds", "trials", "verdict"), rows)
    methods = dict.fromkeys(row["method"] for row in card["metrics"] if row["method"])
    yield from ("", *(f"*{method}*  " for method in methods))


def _requirements(card: Scorecard) -> Iterator[str]:
    rows = (
        (row["id"], row["title"], words.tests(row), words.promises(row), MARKS[row["verdict"]])
        for row in card["requirements"]
    )
    yield from _table(("id", "requirement", "tests", "promises", "verdict"), rows)


def _facts(facts: dict[str, object] | None, absent: str) -> Iterator[str]:
    if facts is None:
        yield f"Not measured: {absent}."
        return
    told = {name: value for name, value in facts.items() if isinstance(value, int | str)}
    yield from _table([name.replace("_", " ") for name in told], [[str(value) for value in told.values()]])


def _detection(card: Scorecard) -> Iterator[str]:
    rows = (
        (
            row["date"],
            row["brief"],
            f"{row['own']} of {row['of']}",
            words.percent(row["own"] / row["of"]),
            words.span(row),
        )
        for row in card["detection"]
    )
    yield from _table(("date", "brief", "noticed", "rate", "95 % bounds"), rows)


def _checklist(card: Scorecard) -> Iterator[str]:
    rows = ((MARKS[box["state"]], box["part"], box["item"], box["evidence"]) for box in card["checklist"])
    yield from _table(("", "part", "box", "evidence"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
