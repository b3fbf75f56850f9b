"""Who writes a feature's content. The embedded writer fills templates; a language model can take its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Literal, Protocol

Feature = Literal["cohorts", "campaigns", "moves", "muse", "daily-wins"]
FEATURES: tuple[Feature, ...] = ("cohorts", "campaigns", "moves", "muse", "daily-wins")
DAILY_WINS = 7


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that a feature offers: a title, and its content by name."""

    title: str
    content: dict[str, Any]


class Writer(Protocol):
    """Turns a manifest into a feature's pieces, 1 to 24 of them, in the order in which they are shown."""

    async def write(self, feature: Feature, manifest: Mapping[str, Any]) -> list[Piece]:
        """The pieces. They quote the manifest, and use nothing else of the tenant's."""


class TemplateWriter:
    """Deterministic: one manifest always gives the same pieces."""

    async def write(self, feature: Feature, manifest: Mapping[str, Any]) -> list[Piece]:
        """The pieces, from templates."""
        return list(_TEMPLATES[feature](manifest))


def _cohorts(bcm: Mapping[str, Any]) -> Iterator[Piece]:
    """One cohort for each ideal customer."""
    for icp in bcm["audience"]["icps"]:
        yield Piece(
            f"{icp['name']}: {icp['role']}",
            {
                "who": f"{icp['role']} at companies of {icp['company_size']}",
                "pains": icp["pains"],
                "promise": bcm["value"]["proposition"],
                "audience": bcm["audience"]["target"],
            },
        )


def _campaigns(bcm: Mapping[str, Any]) -> Iterator[Piece]:
    """One campaign for each channel, carried by the message pillars in turn."""
    messaging = bcm["messaging"]
    for channel, pillar in zip(bcm["channels"]["list"], cycle(messaging["pillars"]), strict=False):
        yield Piece(
            f"{pillar} on {channel}",
            {
                "channel": channel,
                "positioning": bcm["positioning"]["statement"],
                "message": messaging["core"],
                "pillar": pillar,
                "content": bcm["channels"]["content"],
            },
        )


def _moves(bcm: Mapping[str, Any]) -> Iterator[Piece]:
    """One move for each goal: where to make it, and the first step."""
    steps, channels = cycle(bcm["plan"]["implementation"]), cycle(bcm["channels"]["list"])
    for goal, step, channel in zip(bcm["plan"]["goals"], steps, channels, strict=False):
        yield Piece(goal, {"goal": goal, "first_step": step, "channel": channel, "sales": bcm["channels"]["sales"]})


def _muse(bcm: Mapping[str, Any]) -> Iterator[Piece]:
    """One asset for each soundbite, in the brand's voice."""
    brand, messaging = bcm["brand"], bcm["messaging"]
    for soundbite, pillar in zip(messaging["soundbites"], cycle(messaging["pillars"]), strict=False):
        yield Piece(
            soundbite,
            {
                "headline": soundbite,
                "body": f"{messaging['core']} {pillar}",
                "voice": brand["personality"],
                "values": brand["values"],
                "avoid": messaging.get("avoid", []),
            },
        )


def _daily_wins(bcm: Mapping[str, Any]) -> Iterator[Piece]:
    """A week of small tasks: each takes one pain to one goal."""
    goals, pains = cycle(bcm["plan"]["goals"]), cycle(bcm["audience"]["pain_points"])
    for day, goal, pain in zip(range(1, DAILY_WINS + 1), goals, pains, strict=False):
        yield Piece(
            f"Day {day}: {pain}",
            {
                "day": day,
                "goal": goal,
                "pain": pain,
                "task": f"Ask one customer about “{pain}”, and note what it means for “{goal}”.",
            },
        )


_TEMPLATES = {
    "cohorts": _cohorts,
    "campaigns": _campaigns,
    "moves": _moves,
    "muse": _muse,
    "daily-wins": _daily_wins,
}
