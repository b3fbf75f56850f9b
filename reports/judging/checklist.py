"""The plan's deployment checklist, each box ticked by evidence or by nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.catalogue.checklist import Box, boxes
from reports.judging.facts import Facts
from reports.judging.measure import Measurement
from reports.judging.proof import Proof

State = Literal["ticked", "open", "not measured"]


@dataclass(frozen=True, slots=True)
class Ticked:
    """A box, its state, and the evidence in words."""

    part: str
    item: str
    state: State
    evidence: str


def tick(facts: Facts, measured: Sequence[Measurement], proved: Sequence[Proof]) -> list[Ticked]:
    """Every box with what the run says about it."""
    said: dict[str, str] = {row.metric.id: row.judgement.verdict for row in measured}
    said |= {proof.requirement.id: proof.verdict for proof in proved}
    return [Ticked(box.part, box.item, *_tick(box, said, facts)) for box in boxes()]


def _tick(box: Box, said: Mapping[str, str], facts: Facts) -> tuple[State, str]:
    if box.why:
        return "not measured", box.why
    if box.deployed and (facts.identity is None or facts.identity.target.startswith("embedded")):
        return "not measured", "needs a run against a deployed RaptorFlow: --target FILE.toml"
    if box.endpoints:
        return _endpoints(facts)
    states = {name: said[name] for name in (*box.requirements, *box.metrics)}
    evidence = ", ".join(f"{name} {state}" for name, state in states.items())
    if all(state in ("passed", "met") for state in states.values()):
        return "ticked", evidence
    return ("open" if {"failed", "missed"} & set(states.values()) else "not measured"), evidence


def _endpoints(facts: Facts) -> tuple[State, str]:
    latency = facts.load.latency if facts.load else {}
    if not latency:
        return "not measured", "no endpoint was asked under load"
    failing = [name for name, row in latency.items() if row.get("errors")]
    if failing:
        return "open", f"{len(failing)} of {len(latency)} endpoints failed under load, {failing[0]} first"
    return "ticked", f"{len(latency)} endpoints under load, and none answered 5xx"
