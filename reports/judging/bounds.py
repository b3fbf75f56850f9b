"""One-sided bounds on a success rate, at 95 % confidence each: exact for a fixed size, or valid at every look.

`exact` is Clopper and Pearson's (1934): for a sample whose size was fixed beforehand.

`sequence` may be looked at after every trial. Against "the rate is at most p" it sets the likelihood ratio, averaged
over a Beta prior truncated to (p, 1): a supermartingale under every rate up to p, which by Ville's inequality reaches
1 / 0.05 with probability 0.05 at most, however often one looks (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon
2021, for Bernoulli observations). The upper side mirrors it over (0, p). Validity does not depend on the priors; they
only say where power is wanted: the lower side's favours systems that rarely fail.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache
from typing import Any, Literal

Method = Literal["exact", "sequence"]
Side = Literal["above", "below"]
CONFIDENCE = 0.95
_RESOLUTION = 1_000_000
_EVIDENCE = -math.log(1 - CONFIDENCE)
_RARELY_FAILS = (20.0, 0.5)
_ANY_RATE = (1.0, 1.0)


def above(rate: float, successes: int, failures: int, method: Method) -> bool:
    """Whether it is shown that the true rate lies above `rate`."""
    if method == "exact":
        return _exact_low(successes, failures) > rate
    return _evidence(rate, successes, failures, _RARELY_FAILS, "above") >= _EVIDENCE


def at_most(rate: float, successes: int, failures: int, method: Method) -> bool:
    """Whether it is shown that the true rate is `rate` or lower."""
    if method == "exact":
        return _exact_high(successes, failures) <= rate
    return _evidence(rate, successes, failures, _ANY_RATE, "below") >= _EVIDENCE


@lru_cache
def interval(successes: int, failures: int, method: Method) -> tuple[float, float]:
    """Return the lower and the upper bound, each one-sided; (0, 1) without trials."""
    if method == "exact":
        return _exact_low(successes, failures), _exact_high(successes, failures)
    return _sequence_low(successes, failures), _sequence_high(successes, failures)


def _special() -> Any:
    from scipy import special  # takes half a second to import, and most who import us never ask

    return special


def _exact_low(successes: int, failures: int) -> float:
    return float(_special().betaincinv(successes, failures + 1, 1 - CONFIDENCE)) if successes else 0.0


def _exact_high(successes: int, failures: int) -> float:
    return float(_special().betaincinv(successes + 1, failures, CONFIDENCE)) if failures else 1.0


def _evidence(rate: float, successes: int, failures: int, prior: tuple[float, float], side: Side) -> float:
    """Return the log of the mixture likelihood ratio of the rates on that side of `rate` against `rate` itself."""
    a, b = prior
    mass = _mass(rate, a + successes, b + failures, side) / _mass(rate, a, b, side)
    if mass <= 0:
        return -math.inf
    betaln = _special().betaln
    mixture = float(betaln(a + successes, b + failures) - betaln(a, b)) + math.log(mass)
    return mixture - successes * math.log(rate) - failures * math.log1p(-rate)


def _mass(rate: float, a: float, b: float, side: Side) -> float:
    """Return the probability that a Beta(a, b) variable lies on that side of `rate`."""
    special = _special()
    return float(special.betaincc(a, b, rate) if side == "above" else special.betainc(a, b, rate))


def _sequence_low(successes: int, failures: int) -> float:
    """Return the highest grid point that is shown to be exceeded."""
    grid = range(1, _RESOLUTION)
    first = bisect_left(grid, True, key=lambda i: not above(i / _RESOLUTION, successes, failures, "sequence"))
    return first / _RESOLUTION


def _sequence_high(successes: int, failures: int) -> float:
    """Return the lowest grid point that is shown not to be exceeded."""
    grid = range(1, _RESOLUTION)
    first = bisect_left(grid, True, key=lambda i: at_most(i / _RESOLUTION, successes, failures, "sequence"))
    return (first + 1) / _RESOLUTION
