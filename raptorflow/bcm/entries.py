"""Where each answer stands in the manifest, and which are shortened first when it is too long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """The answer `field` of step `step` stands at `section.key`; `field` may be a path into a group."""

    section: str
    key: str
    step: int
    field: str

    @property
    def path(self) -> str:
        """`section.key`."""
        return f"{self.section}.{self.key}"


ENTRIES: tuple[Entry, ...] = (
    Entry("company", "name", 1, "company_name"),
    Entry("company", "industry", 1, "industry"),
    Entry("company", "stage", 1, "stage"),
    Entry("company", "website", 1, "website"),
    Entry("company", "evidence", 1, "evidence"),
    Entry("value", "proposition", 2, "value_proposition"),
    Entry("value", "problem", 5, "problem_statement"),
    Entry("value", "solution", 5, "solution"),
    Entry("value", "capabilities", 10, "capabilities"),
    Entry("value", "pricing", 10, "pricing_strategy"),
    Entry("value", "revenue_model", 9, "revenue_model"),
    Entry("brand", "values", 2, "values"),
    Entry("brand", "personality", 2, "personality"),
    Entry("brand", "tagline", 2, "tagline"),
    Entry("integrity", "contradictions", 3, "contradictions"),
    Entry("integrity", "truth_confirmed", 4, "confirmed"),
    Entry("integrity", "approved", 23, "final_review.approved"),
    Entry("integrity", "notes", 23, "final_review.notes"),
    Entry("audience", "target", 4, "target_audience"),
    Entry("audience", "icps", 16, "icps"),
    Entry("audience", "pain_points", 5, "pain_points"),
    Entry("positioning", "statement", 14, "positioning_statement"),
    Entry("positioning", "alternatives", 14, "alternatives"),
    Entry("positioning", "category", 9, "category"),
    Entry("positioning", "angle", 8, "comparative_angle"),
    Entry("positioning", "competitors", 7, "competitors"),
    Entry("positioning", "axes", 11, "axes"),
    Entry("positioning", "position", 12, "position"),
    Entry("positioning", "gaps", 13, "gaps"),
    Entry("positioning", "focus", 15, "focus"),
    Entry("positioning", "sacrifice", 15, "sacrifice"),
    Entry("messaging", "core", 18, "messaging.core"),
    Entry("messaging", "pillars", 18, "messaging.pillars"),
    Entry("messaging", "avoid", 18, "messaging.avoid"),
    Entry("messaging", "soundbites", 19, "soundbites"),
    Entry("messaging", "education", 17, "education_points"),
    Entry("channels", "list", 20, "channels"),
    Entry("channels", "content", 20, "content_strategy"),
    Entry("channels", "sales", 20, "sales_strategy"),
    Entry("channels", "go_to_market", 17, "go_to_market"),
    Entry("market", "size", 21, "market"),
    Entry("market", "trends", 6, "market_trends"),
    Entry("plan", "goals", 22, "goals"),
    Entry("plan", "kpis", 22, "kpis"),
    Entry("plan", "implementation", 22, "implementation"),
    Entry("plan", "wins", 23, "wins"),
    Entry("plan", "risks", 23, "risks"),
)
"""In the order in which a person reads the manifest."""

COMPRESSION_ORDER: tuple[str, ...] = (
    "integrity.notes",
    "company.evidence",
    "positioning.alternatives",
    "company.website",
    "messaging.education",
    "market.trends",
    "channels.content",
    "channels.sales",
    "channels.go_to_market",
    "plan.implementation",
    "plan.wins",
    "plan.risks",
    "value.pricing",
    "value.revenue_model",
    "value.capabilities",
    "positioning.sacrifice",
    "positioning.focus",
    "positioning.gaps",
    "positioning.axes",
    "integrity.contradictions",
    "positioning.competitors",
    "messaging.soundbites",
    "messaging.avoid",
    "plan.kpis",
    "value.problem",
    "value.solution",
    "audience.target",
    "audience.pain_points",
    "brand.tagline",
    "brand.values",
    "messaging.pillars",
    "channels.list",
    "plan.goals",
    "audience.icps",
    "brand.personality",
    "positioning.angle",
    "value.proposition",
    "messaging.core",
    "positioning.statement",
    "positioning.category",
    "company.stage",
    "company.industry",
    "company.name",
)
"""Every entry that holds text: background first, what the features quote next, the company's name last."""
