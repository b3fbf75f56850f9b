"""Each view of a run says what its evidence says, in a form that its reader can use."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from evidence import Run
from reports.catalogue import checklist, declared
from reports.commands import publish
from reports.judging import scorecard
from reports.judging.past import BOOK
from reports.views import terminal, words
from reports.views.charts import bar, matrix
from reports.views.page import page
from tests.support.whole_run import LOAD, whole_run, write_tests

PLAN = """
Fix user identification numbers | Fix payment callback handling | Fix business context RLS | Test complete user journey
| Verify all endpoints working | Deploy backend fixes | Deploy frontend updates | Run database migrations
| Test production flow | Monitor system health | Monitor user registrations | Monitor payment success rates
| Monitor onboarding completion | Fix any emerging issues | Optimize performance
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose evidence is complete."""
    return whole_run(tmp_path)


@pytest.fixture
def poor_run(tmp_path: Path) -> Run:
    """A run that tested everything, logged in badly and measured little else."""
    run = Run.create(tmp_path, seed=3, commit="c0ffee")
    write_tests(run)
    recorder = run.recorder("load")
    for number in range(200):
        outcome = "failure" if number % 5 == 0 else "success"
        recorder.write("trials", {"metric": "auth.login", "trial": f"t{number}", "outcome": outcome})
    for number in range(40):
        recorder.write("trials", {"metric": "auth.profile", "trial": f"t{number}", "outcome": "success"})
    run.write("load.json", LOAD)
    return run


def test_all_metrics_and_requirements_are_there(tmp_path: Path) -> None:
    """An empty run still lists twelve metrics and twenty requirements, each not measured, and says so of each."""
    card = scorecard.draw(Run(tmp_path))

    assert [row["verdict"] for row in card["metrics"]] == ["not measured"] * 12
    assert [row["verdict"] for row in card["requirements"]] == ["not measured"] * 20
    assert {row["id"] for row in card["not_measured"]} >= {row["id"] for row in card["metrics"] + card["requirements"]}


def test_the_catalogue_is_the_plans() -> None:
    """Every metric's requirements exist, every requirement is numbered by its task, and every box is the plan's."""
    requirements = declared.requirements()

    assert {name for metric in declared.metrics().values() for name in metric.requirements} <= requirements.keys()
    assert [int(name.rpartition("-")[2]) for name in requirements] == [each.task for each in requirements.values()]
    assert [box.item for box in checklist.boxes()] == [item.strip() for item in " ".join(PLAN.split()).split("|")]


def test_boxes_name_what_there_is() -> None:
    """A box refers to requirements and metrics of the catalogue only."""
    for box in checklist.boxes():
        assert set(box.requirements) <= declared.requirements().keys()
        assert set(box.metrics) <= declared.metrics().keys()


def test_a_box_is_ticked_by_evidence_only(run: Run) -> None:
    """A complete run here ticks what it proved, and leaves to the deployed system what only that can show."""
    states = {box["item"]: box["state"] for box in scorecard.draw(run)["checklist"]}

    assert [item for item, state in states.items() if state == "ticked"] == [
        "Fix user identification numbers",
        "Fix payment callback handling",
        "Fix business context RLS",
        "Test complete user journey",
        "Verify all endpoints working",
    ]


def test_the_same_evidence_gives_the_same_scorecard(run: Run) -> None:
    """Drawing twice changes nothing, byte for byte."""
    first = publish.write(run).folder.joinpath("scorecard.json").read_bytes()

    assert publish.write(run).folder.joinpath("scorecard.json").read_bytes() == first


def test_the_schema_refuses_what_the_scorecard_never_is(run: Run) -> None:
    """The published schema is strict about the verdict, and about the numbers of metrics and requirements."""
    schema, card = json.loads(scorecard.SCHEMA.read_text()), scorecard.draw(run)
    jsonschema.Draft202012Validator.check_schema(schema)
    changes = {"verdict": "maybe", "metrics": card["metrics"][1:], "requirements": [], "checklist": None}
    for key, value in changes.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(card | {key: value}, schema)


def test_an_undecided_metric_says_how_much_is_missing(poor_run: Run) -> None:
    """The scorecard names the clean trials that would decide, and why a missed metric is missed."""
    rows = {row["id"]: row for row in scorecard.draw(poor_run)["metrics"]}

    assert (rows["auth.profile"]["verdict"], rows["auth.profile"]["further_clean_trials"]) == ("undecided", 30)
    assert rows["auth.login"]["why"].startswith("160 of 200 trials succeeded: not above 98 %")


class _Page(HTMLParser):
    """What a reader without script, network and style would get."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


def test_the_page_stands_alone(poor_run: Run) -> None:
    """The HTML file is small, loads nothing, runs nothing, and holds the verdict, each row and each reason."""
    card = scorecard.draw(poor_run)
    html = page(card)
    read = _read(html)

    assert len(html.encode()) < 300_000
    assert not [tag for tag, _ in read.tags if tag in ("script", "link", "img", "iframe", "object")]
    assert not re.search(r"https?://|@import|url\(", html)
    for wanted in (
        words.headline(card),
        *card["reasons"],
        *(row["id"] for row in card["metrics"] + card["requirements"]),
    ):
        assert wanted in read.text


def test_the_page_shows_evidence_as_text(run: Run) -> None:
    """Markup in evidence is shown, not obeyed, in HTML and in Markdown."""
    run.write("load.json", LOAD | {"latency": {"GET /<script>alert(1)</script>": {"requests": 1, "errors": 1}}})
    published = publish.write(run)

    for name in ("scorecard.html", "scorecard.md"):
        assert "<script" not in (published.folder / name).read_text()


@pytest.mark.parametrize(
    ("low", "high", "rate", "target", "start"),
    [(0.9, 1.0, 0.97, 0.95, 0.5), (0.2, 0.4, 0.3, 0.95, 0.0), (0.99, None, 1.0, 1.0, 0.5)],
)
def test_a_bar_lies_on_its_axis(low: float, high: float | None, rate: float, target: float, start: float) -> None:
    """A metric's bar, rate and target are drawn within the axis, in their order."""
    drawn = bar({"low": low, "high": high, "rate": rate, "target": target})
    assert drawn is not None

    assert drawn.start == start
    assert 0 <= drawn.low <= drawn.rate <= drawn.low + drawn.width <= 100
    assert (drawn.target < drawn.low) == (target < low)


def test_markdown_has_every_row(poor_run: Run) -> None:
    """The summary of a CI job lists each metric, each requirement and each box."""
    text = (publish.write(poor_run).folder / "scorecard.md").read_text()

    for row in (*declared.metrics(), *declared.requirements()):
        assert row in text
    assert text.count("☐") + text.count("☑") + text.count("– not measured") >= len(checklist.boxes())


def test_the_terminal_ends_with_the_verdict(poor_run: Run) -> None:
    """The printed table has each metric and each requirement, and the verdict last."""
    said = StringIO()
    terminal.show(scorecard.draw(poor_run), Console(width=120, file=said))
    text = said.getvalue()

    for row in (*declared.metrics(), *declared.requirements()):
        assert row in text
    assert text.rstrip().splitlines()[-1].startswith("No-go: ")


@pytest.mark.parametrize(
    ("rate", "shown"), [(1.0, "100 %"), (0.999999, "99.99 %"), (0.98, "98 %"), (0.12345, "12.35 %"), (None, "–")]
)
def test_a_rate_is_never_rounded_up_to_perfect(rate: float | None, shown: str) -> None:
    """What is less than all is not called 100 %."""
    assert words.percent(rate) == shown


def test_the_matrix_is_led_to_where_there_is_one(run: Run, tmp_path: Path) -> None:
    """The prover's picture is published beside the scorecard, whose page leads to it; without one there is no link."""
    without = (publish.write(run).folder / "scorecard.html").read_text()
    (run.directory / publish.MATRIX).write_text("the matrix")
    led = (publish.write(run).folder / "scorecard.html").read_text()
    publish.promote(run, tmp_path / "out")

    assert (publish.MATRIX in without, f'href="{publish.MATRIX}"' in led) == (False, True)
    assert (tmp_path / "out" / publish.MATRIX).read_text() == "the matrix"


def test_the_matrix_is_drawn_from_afar(run: Run) -> None:
    """The page shows each relation and actor at the worst of what was tried there, and names who got through."""
    tried = [("a", "B", "blocked"), ("a", "B", "leaked"), ("a", "anon", "blocked"), ("b", "anon", "blocked")]
    cells = [{"relation": r, "actor": a, "operation": "SELECT", "status": s} for r, a, s in tried]
    run.write("isolation.json", run.document("isolation.json") | {"matrix": cells})

    drawn = matrix(cells)
    shown = (publish.write(run).folder / "scorecard.html").read_text()

    assert drawn is not None
    assert (drawn.relations, drawn.actors, drawn.counts) == (2, 2, {"blocked": 3, "leaked": 1})
    places = [(patch.x, patch.y, patch.across, patch.status) for patch in drawn.patches]
    assert places == [(0, 0, 1, "leaked"), (1, 0, 1, "blocked"), (1, 1, 1, "blocked")]
    assert "2 relations and routines down, 2 actors across: 1 cells leaked, 0 unproven, 3 blocked" in shown
    assert "<title>a: leaked: B</title>" in shown


def test_publishing_replaces_the_last_run(run: Run, poor_run: Run, tmp_path: Path) -> None:
    """The folder that people look into holds the views of the run that finished last, and of no other."""
    out = tmp_path / "out"
    for each in (run, poor_run):
        (each.directory / "allure").mkdir()
        (each.directory / "allure" / "index.html").write_text(each.directory.name)
        if each is run:
            (each.directory / publish.MATRIX).write_text("the matrix")
        publish.write(each)
        publish.promote(each, out)

    assert json.loads((out / "scorecard.json").read_text())["run_id"] == poor_run.directory.name
    assert (out / "allure" / "index.html").read_text() == poor_run.directory.name
    shown = sorted(file.name for file in out.iterdir() if not file.name.startswith("."))

    assert shown == ["allure", BOOK, *sorted(publish.VIEWS)]
