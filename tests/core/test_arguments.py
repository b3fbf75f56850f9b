"""Values of command lines are read alike everywhere; what is refused is answered with what to write."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import pytest

from core import arguments


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("60s", 60),
        ("3m", 180),
        ("1m30s", 90),
        ("1m30", 90),
        ("2h", 7200),
        ("24h", 86_400),
        ("1h1m1s", 3661),
    ],
)
def test_seconds__read_in_every_spelling(text: str, seconds: float) -> None:
    """A time is read with its units, in every spelling that the help names."""
    assert arguments.seconds(text) == seconds


@pytest.mark.parametrize(
    ("read", "text", "remedy"),
    [
        (arguments.seconds, "", "write 90, 60s"),
        (arguments.seconds, "0s", "write 90, 60s"),
        (arguments.seconds, "25h", "at most 24h"),
        (arguments.seconds, "s", "write 90, 60s"),
        (arguments.seconds, "٣m", "write 90, 60s"),
        (arguments.whole(1, 64), "0", "from 1 to 64"),
        (arguments.whole(1, 64), "65", "from 1 to 64"),
        (arguments.whole(1, 64), "-1", "from 1 to 64"),
        (arguments.whole(1, 64), "1.0", "from 1 to 64"),
        (arguments.whole(1, 64), "²", "from 1 to 64"),
        (arguments.whole(1, 64), "٣", "from 1 to 64"),
        (arguments.whole(0, 10), "9" * 5000, "from 0 to 10"),
        (arguments.number(0.01, 10, "rate"), "nan", "is no rate; write a number from 0.01 to 10"),
        (arguments.number(0.01, 10, "rate"), "much", "is no rate"),
        (arguments.number(0.01, 10, "rate"), "11", "is no rate"),
        (arguments.shard, "1", "write K/N"),
        (arguments.shard, "0/4", "write K/N"),
        (arguments.shard, "5/4", "write K/N"),
        (arguments.shard, "1/²", "write K/N"),
        (arguments.shard, "1/4/2", "write K/N"),
    ],
)
def test_bad_value__named_with_its_remedy(read: Callable[[str], Any], text: str, remedy: str) -> None:
    """A text that is no such value is quoted, and the error says what to write."""
    with pytest.raises(argparse.ArgumentTypeError) as refusal:
        read(text)

    assert repr(text) in str(refusal.value)
    assert remedy in str(refusal.value)


def test_shard__read_and_written_alike() -> None:
    """The K-th of N parts is read as two numbers, and written as it was given."""
    shard = arguments.shard("2/4")

    assert (shard.number, shard.of, str(shard)) == (2, 4, "2/4")
