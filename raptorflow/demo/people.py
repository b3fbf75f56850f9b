"""Who they are, how far they have come, and what they answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from raptorflow.onboarding.steps import STEPS
from raptorflow.payments.models import BillingCycle, PlanName

PASSWORD = "raptorflow-demo"  # noqa: S105 - said in docs/settings.md; production refuses to make these people
DOMAIN = "demo.raptorflow.example"
ALL_STEPS = len(STEPS)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer; `answered` counts the steps that are completed, `edited` says that a second manifest was drawn."""

    name: str
    company: str
    stage: str
    plan: PlanName | None = None
    cycle: BillingCycle = "monthly"
    answered: int = 0
    completed: bool = False
    edited: bool = False
    cancelled: bool = False
    guest_of: str = ""

    @property
    def email(self) -> str:
        """Their address, which nobody can write to."""
        return f"{self.name.split()[0].lower()}@{DOMAIN}"


PEOPLE = (
    Person("Asha Rao", "Monsoon Clinics", "has signed up, and looks at the plans"),
    Person("Ravi Iyer", "Kite Payroll", "has paid, and not begun onboarding", "ascent"),
    Person("Meera Shah", "Banyan Schools", "is at step 9, with a draft", "glide", answered=8),
    Person("Dev Bose", "Harbour Foods", "has answered everything, and not completed", "glide", answered=ALL_STEPS),
    Person(
        "Kabir Das",
        "Tiffin Trails",
        "works with the second version of a manifest",
        "soar",
        "annual",
        answered=ALL_STEPS,
        completed=True,
        edited=True,
    ),
    Person(
        "Leela Menon",
        "Copper Ceramics",
        "has a manifest, and has cancelled",
        "glide",
        answered=ALL_STEPS,
        completed=True,
        cancelled=True,
    ),
    Person("Arjun Gill", "Saffron Travel", "is a member of Tiffin Trails' workspace as well", guest_of="Kabir Das"),
)


@cache
def _answers() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("answers.json").read_text())
    return found


def answers_of(person: Person) -> dict[int, dict[str, Any]]:
    """What the person answers to each step: the same trade for all, under their own company's name."""
    answers = {int(number): data for number, data in _answers().items()}
    return {**answers, 1: {**answers[1], "company_name": person.company}}
