"""The Universal Scalability Law: what N processes bear, from what one, two, three of them bore.

X(N) = γN / (1 + σ(N−1) + κN(N−1)), after N. Gunther, *Guerrilla Capacity Planning* (2007): γ is what one process
bears, σ the share of work that has to queue (contention), κ what processes cost each other (coherency).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted law: `gamma` in requests a second, `sigma` and `kappa` without unit, neither below 0."""

    gamma: float
    sigma: float
    kappa: float

    def throughput(self, processes: float) -> float:
        """What so many processes bear, in requests a second."""
        return float(_law(np.array([processes]), self.gamma, self.sigma, self.kappa)[0])

    @property
    def peak(self) -> float | None:
        """The number of processes beyond which more bear less; None where more always bear more."""
        return sqrt((1 - self.sigma) / self.kappa) if self.kappa > 1e-6 and self.sigma < 1 else None


def fit(samples: Mapping[int, Sequence[float]]) -> Law:
    """The law that fits the samples: requests a second, several of each number of processes.

    Raises ValueError with fewer than two numbers of processes: one point fits any law.
    """
    from scipy.optimize import curve_fit  # takes half a second to import

    if len(samples) < 2:
        raise ValueError("a law needs at least two numbers of processes; measure with 1 and 2")
    processes = np.array([number for number, each in samples.items() for _ in each], dtype=float)
    borne = np.array([value for each in samples.values() for value in each], dtype=float)
    first = float(borne[processes == processes.min()].mean() / processes.min())
    bounds = ([0.0, 0.0, 0.0], [np.inf, 1.0, 1.0])
    found, _ = curve_fit(_law, processes, borne, p0=[first, 0.05, 0.001], bounds=bounds, maxfev=20_000)
    return Law(*map(float, found))


def band(samples: Mapping[int, Sequence[float]], at: Sequence[float], seed: int = 0) -> list[tuple[float, float]]:
    """Where the law lies at so many processes, with 95 % confidence: samples drawn again, and fitted, many times."""
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        again = {number: list(random.choice(np.array(each), len(each))) for number, each in samples.items()}
        law = fit(again)
        drawn.append([law.throughput(number) for number in at])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.array(drawn), (tail, 1 - tail), axis=0)
    return [(float(one), float(other)) for one, other in zip(low, high, strict=True)]


def interval(samples: Sequence[float], statistic: float | None = None, seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean, or of a quantile (0 to 1), of at least one sample."""
    random, values = np.random.default_rng(seed), np.array(samples)
    drawn = random.choice(values, (RESAMPLES, len(values)))
    found = drawn.mean(axis=1) if statistic is None else np.quantile(drawn, statistic, axis=1)
    tail = (1 - CONFIDENCE) / 2
    return float(np.quantile(found, tail)), float(np.quantile(found, 1 - tail))


def _law(processes: Floats, gamma: float, sigma: float, kappa: float) -> Floats:
    return gamma * processes / (1 + sigma * (processes - 1) + kappa * processes * (processes - 1))
