"""Thresholds in k6's grammar: what breaches them, and what is wrong with a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from load.judging.thresholds import DEFAULT, Breach, ThresholdsError, breaches, read


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "thresholds.toml"
    file.write_text(text)
    return file


def _breaches(tmp_path: Path, check: str, operations: list[dict[str, Any]], endpoint: str = "*") -> list[Breach]:
    file = _file(tmp_path, f'[[threshold]]\nendpoint = "{endpoint}"\ncheck = "{check}"\n')
    return breaches(read(file), operations, 7.0)


def _operation(number: int, *, status: int = 200, name: str = "log in") -> dict[str, Any]:
    return {"name": name, "duration_s": number / 1000, "status": status, "request_id": f"r{number}"}


HUNDRED = [_operation(number) for number in range(1, 101)]


@pytest.mark.parametrize(
    ("check", "kept"),
    [
        ("p(95)<96", True),
        ("p(95)<95", False),
        ("p(99.9) <= 100", True),
        ("avg<50.6", True),
        ("med>50.5", False),
        ("min==1", True),
        ("max!=100", False),
        ("count>=100", True),
        ("rate>0.99", True),
    ],
)
def test_check__measured(tmp_path: Path, check: str, kept: bool) -> None:
    """Each aggregate of k6's grammar is measured in milliseconds, requests, or the share of answered ones."""
    assert (_breaches(tmp_path, check, HUNDRED) == []) is kept


def test_breach__names_the_worst_requests(tmp_path: Path) -> None:
    """A breach says what was measured, when, and which requests weigh most."""
    (breach,) = _breaches(tmp_path, "max<50", HUNDRED)

    assert (breach.measured, breach.after_s, breach.request_ids[0]) == (100.0, 7.0, "r100")
    assert str(breach) == ("threshold: *: max<50: measured 100 after 7 s; worst requests: r100, r99, r98, r97, r96")


def test_rate__counts_what_was_not_answered(tmp_path: Path) -> None:
    """A 5xx, or no answer at all, is not answered; a refusal is an answer. The failed requests are named."""
    operations = [_operation(1), _operation(2, status=404), _operation(3, status=503), _operation(4, status=0)]
    (breach,) = _breaches(tmp_path, "rate>0.5", operations)

    assert (breach.measured, breach.request_ids) == (0.5, ("r4", "r3"))


def test_no_data__breach(tmp_path: Path) -> None:
    """An endpoint that was never asked keeps no promise."""
    (breach,) = _breaches(tmp_path, "p(95)<1000", HUNDRED, endpoint="sign up")

    assert breach.measured is None
    assert "no such request was made" in str(breach)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[threshold]]\nendpoint = 'a'\ncheck = 'p95<300'", "threshold.0.check: 'p95<300' is no check; write it like"),
        ("[[threshold]]\nendpoint = 'a'\ncheck = 'p(95)<-1'", "threshold.0.check"),
        ("[[threshold]]\nendpoint = 'a'", "threshold.0.check: field required"),
        ("[[threshold]]\nendpoint = ''\ncheck = 'max<1'", "threshold.0.endpoint"),
        ("[[thresholds]]", "thresholds: extra"),
        ("[[threshold]", "is not TOML"),
    ],
)
def test_mistake__named_with_remedy(tmp_path: Path, text: str, says: str) -> None:
    """A wrong entry is refused in one line that names file and entry."""
    file = _file(tmp_path, text)

    with pytest.raises(ThresholdsError) as refusal:
        read(file)

    assert str(refusal.value).startswith(str(file))
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value).strip()


def test_shipped__readable() -> None:
    """The thresholds that ship are valid, and one of them ends a run that only fails."""
    shipped = read(DEFAULT)

    assert any(threshold.abort_on_fail for threshold in shipped)
