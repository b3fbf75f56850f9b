"""Valid answers to all 23 steps, drawn from a seed: one fictional company per customer, with its canary in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

Answers = dict[int, dict[str, Any]]

_FIRST = ("Asha", "Ravi", "Meera", "Kabir", "Leela", "Arjun", "Nila", "Dev", "Tara", "Vikram")
_LAST = ("Rao", "Iyer", "Shah", "Das", "Menon", "Gill", "Nair", "Bose", "Khan", "Pillai")
_COMPANY = ("Lantern", "Monsoon", "Banyan", "Kite", "Harbour", "Saffron", "Meridian", "Copper", "Juniper", "Tidal")
_TRADE = ("Logistics", "Textiles", "Analytics", "Clinics", "Foods", "Payroll", "Solar", "Schools", "Ceramics", "Travel")
_VALUE = ("candour", "craft", "patience", "thrift", "curiosity", "care", "courage", "clarity")
_PAIN = (
    "late invoices",
    "lost orders",
    "idle stock",
    "unread reports",
    "slow hiring",
    "missed renewals",
    "manual entry",
)
_CHANNEL = ("LinkedIn", "Email", "Trade fairs", "Podcasts", "Search", "Partners", "Webinars")
_TREND = ("buyers compare online first", "prices fall every year", "rules tighten", "teams shrink", "audits grow")
_STAGE = ("Idea", "Early revenue", "Growth", "Scale")
_RIVAL = ("Northwind", "Bluefin", "Peakline", "Oldtown", "Ferrous")


@dataclass(frozen=True, slots=True)
class Company:
    """A company that exists nowhere else."""

    name: str
    trade: str
    canary: str


def full_name(seed: str) -> str:
    """Return a person's name, the same for the same seed."""
    random = Random(f"{seed}:person")  # noqa: S311 - a story, no secret
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"


def answers(seed: str, canary: str) -> Answers:
    """Return answers by step number, valid by docs/onboarding.md, the same for a seed; `canary` is in several."""
    random = Random(f"{seed}:company")  # noqa: S311 - a story, no secret
    trade = random.choice(_TRADE)
    company = Company(f"{random.choice(_COMPANY)} {trade} {canary}", trade.lower(), canary)
    return {
        **_evidence(random, company),
        **_position(random, company),
        **_message(random, company),
        **_plan(random, company),
    }


def _evidence(random: Random, company: Company) -> Answers:
    values, pains = random.sample(_VALUE, 3), random.sample(_PAIN, 3)
    return {
        1: {"company_name": company.name, "industry": company.trade.capitalize(), "stage": random.choice(_STAGE)},
        2: {
            "value_proposition": f"{company.trade.capitalize()} without {pains[0]}, proven in a week.",
            "values": values,
            "personality": f"{values[0]} first, and never loud",
        },
        3: {"contradictions": [f"We promise speed and sell {values[2]}"]},
        4: {"target_audience": f"Owners of {company.trade} firms with 10 to 200 people", "confirmed": True},
        5: {
            "problem_statement": f"Firms lose a tenth of their revenue to {pains[0]}.",
            "solution": f"One place that ends {pains[0]} and {pains[1]}.",
            "pain_points": pains,
        },
        6: {"market_trends": random.sample(_TREND, 2)},
    }


def _position(random: Random, company: Company) -> Answers:
    rivals = random.sample(_RIVAL, 2)
    return {
        7: {
            "competitors": [
                {"name": rivals[0], "strength": "well known", "weakness": "slow to answer"},
                {"name": rivals[1], "strength": "cheap", "weakness": "hard to learn"},
            ]
        },
        8: {"comparative_angle": f"Faster than {rivals[0]}, kinder than {rivals[1]}."},
        9: {"category": f"{company.trade.capitalize()} software", "revenue_model": "Monthly subscription"},
        10: {"capabilities": ["Live ledger", "Weekly digest"], "pricing_strategy": "One price per site, no seats."},
        11: {"axes": {"x": "Price", "y": "Speed"}},
        12: {"position": {"x": random.randint(-10, 10), "y": random.randint(-10, 10)}},
        13: {"gaps": [f"Nobody serves small {company.trade} firms"]},
        14: {"positioning_statement": f"For small {company.trade} firms, {company.name} is the calm way to grow."},
        15: {"focus": ["Firms under 200 people"], "sacrifice": ["Enterprise tenders"]},
    }


def _message(random: Random, company: Company) -> Answers:
    pains = random.sample(_PAIN, 2)
    return {
        16: {
            "icps": [
                {
                    "name": f"{random.choice(_FIRST)} the founder",
                    "role": "Founder",
                    "company_size": "10 to 50",
                    "pains": pains,
                },
                {"name": "Careful controller", "role": "Finance lead", "company_size": "50 to 200", "pains": pains[:1]},
            ]
        },
        17: {"go_to_market": "Two cities first, then by referral.", "education_points": [f"What {pains[0]} cost"]},
        18: {"messaging": {"core": f"{company.canary}: growth you can read.", "pillars": ["Clear", "Quick"]}},
        19: {"soundbites": [f"Less {pains[0]}, more {company.trade}.", f"Ask {company.canary}."]},
    }


def _plan(random: Random, company: Company) -> Answers:
    som = random.randint(1, 9) * 10_000_000
    return {
        20: {
            "channels": random.sample(_CHANNEL, 3),
            "content_strategy": f"A story a week from a {company.trade} floor.",
            "sales_strategy": "A call within a day, a pilot within a week.",
        },
        21: {"market": {"tam": som * 100, "sam": som * 10, "som": som}},
        22: {
            "goals": [f"{random.randint(20, 90)} pilots by spring", f"{company.canary} known in two cities"],
            "implementation": ["Hire a second seller", "Ship the weekly digest"],
        },
        23: {"final_review": {"approved": True}, "risks": ["One large customer"]},
    }


def changed(given: Answers, n: int, data: Mapping[str, Any]) -> Answers:
    """Return the same answers but for some fields of step `n`."""
    return {**given, n: {**given[n], **data}}
