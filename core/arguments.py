"""Values of a command line, read and checked; each names what is wrong with the text and what to write instead.

Every reader raises `argparse.ArgumentTypeError` for a text that it refuses, so that it serves as `type=` of an option.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import NamedTuple

LARGEST_SEED = 2**31 - 1
LONGEST_S = 86_400
_DURATION = re.compile(r"(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


class Shard(NamedTuple):
    """The K-th of N parts of a whole, from 1/1 on."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        """Write it as it is given: K/N."""
        return f"{self.number}/{self.of}"


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is out of range; write a whole number from {least} to {most}")
        return int(text)

    return read


def number(least: float, most: float, what: str = "number") -> Callable[[str], float]:
    """Return a reader of numbers within bounds; `what` says in an error what the number is."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            problem = f"{text!r} is no {what}; write a number from {least:g} to {most:g}, as 2.5"
            raise argparse.ArgumentTypeError(problem)
        return value

    return read


def seconds(text: str) -> float:
    """Read a time from 1 second to 24 hours: 90, 60s, 3m, 1m30s or 2h."""
    match = _DURATION.fullmatch(text)
    hours, minutes, rest = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + rest
    if not 1 <= total <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no run time; write 90, 60s, 3m or 1m30s, at most 24h")
    return float(total)


def shard(text: str) -> Shard:
    """Read K/N, the K-th of N parts."""
    number, _, count = text.partition("/")
    if not (_WHOLE.fullmatch(number) and _WHOLE.fullmatch(count) and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part of a whole; write K/N with K from 1 to N, as 1/4")
    return Shard(int(number), int(count))
