"""The population file: what is wrong with it is said in one line, and a seed plays it again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from load.population.intent import draw
from load.population.population import DEFAULT, PopulationError, read

SHIPPED = DEFAULT.read_text(encoding="utf-8")


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SHIPPED

    file = tmp_path / "population.toml"
    file.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("double_click = 0.05", "double_click = 1.5", "habits.double_click", "change the value"),
        ("double_click = 0.05", 'double_click = "often"', "habits.double_click", "change the value"),
        ("double_click = 0.05", "double_click = nan", "habits.double_click", "change the value"),
        ("double_click = 0.05", "", "habits.double_click", "add it"),
        ("double_click = 0.05", "double_click = 0.05\ntriple_click = 0.1", "habits.triple_click", "remove it"),
        ("lost = 0.03", "lost = 0.5", "webhook", "sum to 1"),
        ("at_once = 0.15", "at_once = 0.5", "returns", "sum to 1"),
        ("glide = 0.5", "slide = 0.5", "plans.slide", "use one of"),
        ("1 = 0.005", "24 = 0.005", "drop_outs.steps.24", "change the value"),
        ("OTHERS = 0.1", '"no code" = 0.1', "failures.no code", "change the value"),
        ("shortest = 0.0", "shortest = 5.0", "pauses", "exchange the two"),
    ],
)
def test_mistake__named_with_remedy(tmp_path: Path, old: str, new: str, field: str, says: str) -> None:
    """A wrong entry is refused in one line that names the file, the field and the remedy."""
    file = _changed(tmp_path, old, new)

    with pytest.raises(PopulationError) as refusal:
        read(file)

    line = str(refusal.value)
    assert line.startswith(f"{file}: {field}: ")
    assert says in line
    assert "\n" not in line


def test_missing_file__named(tmp_path: Path) -> None:
    """A file that is not there is named, with what to do."""
    with pytest.raises(PopulationError, match=r"none\.toml: cannot be read .*; name a readable TOML file"):
        read(tmp_path / "none.toml")


def test_no_toml__named(tmp_path: Path) -> None:
    """A file that is not TOML says where it breaks."""
    file = tmp_path / "population.toml"
    file.write_bytes(b"[plans\n")

    with pytest.raises(PopulationError, match=r"is not TOML .*line 1"):
        read(file)


def test_same_seed__same_population() -> None:
    """One seed plays the same customers, in whatever order they are asked for; another seed plays others."""
    population = read()
    there = [draw(population, 7, number) for number in range(100)]
    and_back = [draw(population, 7, number) for number in reversed(range(100))][::-1]

    assert there == and_back
    assert there != [draw(population, 8, number) for number in range(100)]


def test_shares__played() -> None:
    """Over many customers each mix comes out as the file says, within four standard deviations."""
    population, count = read(), 4000
    intents = [draw(population, 1, number) for number in range(count)]
    endings = Counter(intent.attempts[0].ending for intent in intents)

    for ending, share in population.payment.items():
        assert abs(endings[ending] - count * share) <= 4 * (count * share * (1 - share)) ** 0.5


def test_older_file__payers_return_as_in_the_shipped_one(tmp_path: Path) -> None:
    """A file from before payers stayed away is read, and webhooks have their trials all the same."""
    text = SHIPPED.replace("mistyped_password", "# ")
    before, table, after = text.partition("[returns]")
    file = tmp_path / "population.toml"
    file.write_text(before + after[after.index("[habits]") :], encoding="utf-8")

    assert table
    assert read(file) == read()


def test_what_was_added_later__leaves_what_a_seed_drew() -> None:
    """How a payer returns is drawn apart: it changes nothing of what a seed has always played."""
    population = read()
    at_once = population.model_copy(update={"returns": {"at_once": 1.0}})
    as_usual, changed = ([draw(each, 1, number) for number in range(50)] for each in (population, at_once))

    assert [each.pauses for each in as_usual] == [each.pauses for each in changed]
    assert [each.attempts[0].delivery for each in as_usual] == [each.attempts[0].delivery for each in changed]
    assert as_usual != changed


def test_failed_payment__retried_with_success() -> None:
    """Whoever tries again means to pay, and only a failed or abandoned attempt is tried again."""
    population = read()
    intents = [draw(population, 1, number) for number in range(2000)]
    retried = [intent.attempts for intent in intents if len(intent.attempts) == 2]

    assert retried
    assert {first.ending for first, _ in retried} == {"failure", "abandoned"}
    assert {second.ending for _, second in retried} == {"success"}
