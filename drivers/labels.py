"""The accessible names of docs/pages.md and docs/onboarding.md: how a person finds a control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_CONTRADICTIONS = "We looked and found no contradictions"

FIELDS: Mapping[str, str] = {
    "company_name": "Company name",
    "industry": "Industry",
    "stage": "Stage",
    "website": "Website",
    "evidence": "Evidence",
    "value_proposition": "Value proposition",
    "values": "Values",
    "personality": "Personality",
    "tagline": "Tagline",
    "contradictions": "Contradictions",
    "target_audience": "Target audience",
    "confirmed": "I confirm that the answers so far are true",
    "problem_statement": "Problem statement",
    "solution": "Solution",
    "pain_points": "Pain points",
    "market_trends": "Market trends",
    "competitors": "Competitor",
    "competitors.name": "Name",
    "competitors.strength": "Strength",
    "competitors.weakness": "Weakness",
    "comparative_angle": "Comparative angle",
    "category": "Category",
    "revenue_model": "Revenue model",
    "capabilities": "Capabilities",
    "pricing_strategy": "Pricing strategy",
    "axes": "Axes",
    "axes.x": "Horizontal axis",
    "axes.y": "Vertical axis",
    "position": "Position",
    "position.x": "Horizontal position",
    "position.y": "Vertical position",
    "gaps": "Gaps",
    "positioning_statement": "Positioning statement",
    "alternatives": "Alternatives",
    "focus": "Focus",
    "sacrifice": "Sacrifice",
    "icps": "Persona",
    "icps.name": "Name",
    "icps.role": "Role",
    "icps.company_size": "Company size",
    "icps.pains": "Pains",
    "go_to_market": "Go-to-market approach",
    "education_points": "Education points",
    "messaging": "Messaging",
    "messaging.core": "Core message",
    "messaging.pillars": "Message pillars",
    "messaging.avoid": "Words to avoid",
    "soundbites": "Soundbites",
    "channels": "Channels",
    "content_strategy": "Content strategy",
    "sales_strategy": "Sales strategy",
    "market": "Market",
    "market.tam": "Total addressable market (paise)",
    "market.sam": "Serviceable addressable market (paise)",
    "market.som": "Serviceable obtainable market (paise)",
    "goals": "Goals",
    "implementation": "Implementation",
    "kpis": "KPIs",
    "final_review": "Final review",
    "final_review.approved": "I approve this as the description of our business",
    "final_review.notes": "Notes",
    "wins": "Early wins",
    "risks": "Risks",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Accessible names of one deployment; `renamed` maps a documented name to the one used there."""

    renamed: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        """Return the name that the page uses."""
        return self.renamed.get(name, name)

    def of(self, path: str) -> str:
        """Return the label of an answer, by its path without indexes: `competitors.name`."""
        return self(FIELDS[path])
