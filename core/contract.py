"""What the contract fixes about RaptorFlow: plans, cycles, prices, steps, features, and what a customer can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Plan = Literal["ascent", "glide", "soar"]
Cycle = Literal["monthly", "annual"]
Feature = Literal["cohorts", "campaigns", "moves", "muse", "daily-wins"]

PLANS: Final[tuple[Plan, ...]] = get_args(Plan)
CYCLES: Final[tuple[Cycle, ...]] = get_args(Cycle)
FEATURES: Final[tuple[Feature, ...]] = get_args(Feature)

STEPS: Final = 23
"""How many steps onboarding has; they are numbered from 1."""

PRICES: Final[Mapping[tuple[Plan, Cycle], int]] = {
    ("ascent", "monthly"): 500_000,
    ("ascent", "annual"): 5_000_000,
    ("glide", "monthly"): 700_000,
    ("glide", "annual"): 7_000_000,
    ("soar", "monthly"): 1_000_000,
    ("soar", "annual"): 10_000_000,
}
"""What a plan costs for one cycle, in paise."""
