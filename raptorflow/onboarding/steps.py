"""The twenty-three steps: what each asks for. Validation, the forms and docs/onboarding.md are all drawn from here.

A field's title is its label on the page (an interface: docs/pages.md), its description the hint below the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from raptorflow.onboarding.answers import (
    LIST_LIMIT,
    Affirmation,
    Answers,
    Coordinate,
    FewLines,
    Line,
    Lines,
    Paise,
    Text,
)


class EvidenceVault(Answers):
    """Start with the facts anyone could check. Everything later is built on them."""

    company_name: Line = Field(title="Company name", description="As your customers know it.")
    industry: Line = Field(
        title="Industry",
        description="The trade you are in, in two or three words.",
        examples=["Logistics software", "Consumer lending", "Ayurvedic skincare", "Industrial automation"],
    )
    stage: Line = Field(
        title="Stage",
        description="How far along the business is.",
        examples=["Idea", "Pre-revenue", "Early revenue", "Growing", "Established"],
    )
    website: Line | None = Field(None, title="Website", description="Where a stranger would look first.")
    evidence: FewLines = Field(
        default_factory=list, title="Evidence", description="Links or documents that show the facts."
    )


class BrandSynthesis(Answers):
    """What you promise, what you stand for, and how you sound when you say it."""

    value_proposition: Text = Field(
        title="Value proposition", description="Why a customer chooses you, in a sentence or two."
    )
    values: Lines = Field(title="Values", description="What you would not give up to win a deal.")
    personality: Line = Field(title="Personality", description="How your brand would be described as a person.")
    tagline: Line | None = Field(None, title="Tagline", description="If you already have one.")


class StrategicIntegrity(Answers):
    """Where does what you say disagree with what you do? Naming it now is cheaper than being caught later."""

    contradictions: list[Line] = Field(
        max_length=LIST_LIMIT,
        title="Contradictions",
        description="Claims that your own evidence does not support yet.",
        json_schema_extra={"declare_none": "We looked and found no contradictions"},
    )


class TruthConfirmation(Answers):
    """Read your own words back, and put your name to them."""

    target_audience: Text = Field(title="Target audience", description="Who this is for, and who it is not for.")
    confirmed: Affirmation = Field(title="I confirm that the answers so far are true")


class TheOffer(Answers):
    """The problem, your answer to it, and where it hurts."""

    problem_statement: Text = Field(title="Problem statement", description="What is broken, and what it costs.")
    solution: Text = Field(title="Solution", description="What you do about it.")
    pain_points: Lines = Field(title="Pain points", description="The moments in which your customer feels it.")


class MarketIntelligence(Answers):
    """What is changing around you that makes now the time."""

    market_trends: Lines = Field(title="Market trends", description="Shifts in demand, rules, technology or price.")


class Competitor(Answers):
    """Someone your customer might choose instead."""

    name: Line = Field(title="Name")
    strength: Line = Field(title="Strength")
    weakness: Line = Field(title="Weakness")


class CompetitiveLandscape(Answers):
    """Who else could your customer choose? “A spreadsheet” counts."""

    competitors: Annotated[list[Competitor], Field(min_length=1, max_length=10)] = Field(
        title="Competitor", description="One is enough; ten are the most."
    )


class ComparativeAngle(Answers):
    """Next to all of them, what is different about you?"""

    comparative_angle: Text = Field(
        title="Comparative angle", description="Finish the sentence: “Unlike the others, we …”"
    )


class MarketCategory(Answers):
    """Which shelf do you stand on, and how does money reach you?"""

    category: Line = Field(title="Category", description="The words a buyer would search for.")
    revenue_model: Line = Field(
        title="Revenue model",
        description="Who pays, for what, how often.",
        examples=["Monthly subscription", "Usage-based", "Commission", "One-time licence"],
    )


class ProductCapabilities(Answers):
    """What it can do today, and what that is worth."""

    capabilities: Lines = Field(title="Capabilities", description="What works today, not what is on the roadmap.")
    pricing_strategy: Text = Field(title="Pricing strategy", description="How you set the price, and why it is fair.")


class Axes(Answers):
    """The two qualities by which buyers compare."""

    x: Line = Field(title="Horizontal axis", description="For example: price, from low to high.")
    y: Line = Field(title="Vertical axis", description="For example: effort, from high to low.")


class PerceptualMap(Answers):
    """Choose the two qualities by which your buyers tell you and your competitors apart."""

    axes: Axes = Field(title="Axes")


class Position(Answers):
    """A point on the perceptual map."""

    x: Coordinate = Field(title="Horizontal position", description="From −10 to 10.")
    y: Coordinate = Field(title="Vertical position", description="From −10 to 10.")


class PositionGrid(Answers):
    """Put yourself on the map that you have just drawn."""

    position: Position = Field(title="Position")


class GapAnalysis(Answers):
    """Look at the map: where is nobody standing?"""

    gaps: Lines = Field(title="Gaps", description="Needs that no one serves well today.")


class PositioningStatements(Answers):
    """Say where you stand, in one sentence that you would print."""

    positioning_statement: Text = Field(
        title="Positioning statement",
        description="For [audience] who [need], [company] is the [category] that [benefit].",
    )
    alternatives: FewLines = Field(
        default_factory=list, title="Alternatives", description="Versions that you considered."
    )


class FocusAndSacrifice(Answers):
    """A position is also everything you decide not to do."""

    focus: Lines = Field(title="Focus", description="What gets your best hours.")
    sacrifice: Lines = Field(title="Sacrifice", description="What you give up for it, on purpose.")


class Persona(Answers):
    """One ideal customer."""

    name: Line = Field(title="Name")
    role: Line = Field(title="Role")
    company_size: Line = Field(title="Company size", examples=["1–10", "11–50", "51–200", "201–1,000", "Over 1,000"])
    pains: Annotated[list[Line], Field(min_length=1, max_length=5)] = Field(title="Pains")


class IcpPersonas(Answers):
    """Describe up to three people whom you would most like to win as customers."""

    icps: Annotated[list[Persona], Field(min_length=1, max_length=3)] = Field(
        title="Persona", description="One is enough; three are the most."
    )


class MarketEducation(Answers):
    """What must the market understand before it can want this?"""

    go_to_market: Text = Field(title="Go-to-market approach", description="How you reach your first customers.")
    education_points: Lines = Field(title="Education points", description="What buyers do not know yet, but should.")


class Messaging(Answers):
    """What is always said, and what never is."""

    core: Text = Field(title="Core message", description="The one thing that people should remember.")
    pillars: Lines = Field(title="Message pillars", description="The claims that hold the core message up.")
    avoid: FewLines = Field(default_factory=list, title="Words to avoid", description="What you never say.")


class MessagingRules(Answers):
    """The rules that make ten people sound like one company."""

    messaging: Messaging = Field(title="Messaging")


class SoundbitesLibrary(Answers):
    """Short lines that your customers would repeat to a colleague."""

    soundbites: Lines = Field(title="Soundbites", description="Say each out loud once before you write it down.")


class ChannelStrategy(Answers):
    """Where you will be heard, what you will say there, and how it becomes a sale."""

    channels: Lines = Field(title="Channels", description="Where your audience already spends time.")
    content_strategy: Text = Field(title="Content strategy", description="What you publish, for whom, how often.")
    sales_strategy: Text = Field(title="Sales strategy", description="How interest turns into a signed order.")


class Market(Answers):
    """Yearly revenue, in paise: everyone; those you could serve; those you can win."""

    tam: Paise = Field(title="Total addressable market (paise)", description="Everyone who has the problem.")
    sam: Paise = Field(title="Serviceable addressable market (paise)", description="Those whom you could serve.")
    som: Paise = Field(title="Serviceable obtainable market (paise)", description="Those whom you can win soon.")

    @model_validator(mode="after")
    def _narrows(self) -> Self:
        """Each market is a part of the one before it."""
        if not self.tam >= self.sam >= self.som:
            raise PydanticCustomError("market_order", "must narrow: total ≥ serviceable ≥ obtainable")
        return self


class MarketSize(Answers):
    """Yearly revenue at stake, in paise: ₹1 is 100 paise, ₹1 crore is 1,000,000,000 paise."""

    market: Market = Field(title="Market")


class ValidationTasks(Answers):
    """What you want to be true in three months, and what you will do about it first."""

    goals: Lines = Field(title="Goals", description="Outcomes that you could count.")
    implementation: Lines = Field(title="Implementation", description="The next steps, in the order you take them.")
    kpis: FewLines = Field(default_factory=list, title="KPIs", description="The numbers that you will watch.")


class FinalReview(Answers):
    """The customer's last word."""

    approved: Affirmation = Field(title="I approve this as the description of our business")
    notes: Text | None = Field(None, title="Notes", description="Anything that none of the steps asked for.")


class FinalSynthesis(Answers):
    """Everything is here. Look back over it, add what is missing, and approve it."""

    wins: FewLines = Field(default_factory=list, title="Early wins", description="What already works.")
    risks: FewLines = Field(default_factory=list, title="Risks", description="What could stop you.")
    final_review: FinalReview = Field(title="Final review")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number (1 … 23), the part it belongs to, its title and the model of its answers."""

    number: int
    part: str
    title: str
    answers: type[Answers]

    @property
    def intro(self) -> str:
        """The sentence under the title."""
        return self.answers.__doc__ or ""


_PARTS: tuple[tuple[str, tuple[tuple[str, type[Answers]], ...]], ...] = (
    (
        "Evidence",
        (
            ("Evidence Vault", EvidenceVault),
            ("Brand Synthesis", BrandSynthesis),
            ("Strategic Integrity", StrategicIntegrity),
            ("Truth Confirmation", TruthConfirmation),
        ),
    ),
    ("Offer and market", (("The Offer", TheOffer), ("Market Intelligence", MarketIntelligence))),
    (
        "Position",
        (
            ("Competitive Landscape", CompetitiveLandscape),
            ("Comparative Angle", ComparativeAngle),
            ("Market Category", MarketCategory),
            ("Product Capabilities", ProductCapabilities),
            ("Perceptual Map", PerceptualMap),
            ("Position Grid", PositionGrid),
            ("Gap Analysis", GapAnalysis),
        ),
    ),
    (
        "Message",
        (
            ("Positioning Statements", PositioningStatements),
            ("Focus & Sacrifice", FocusAndSacrifice),
            ("ICP Personas", IcpPersonas),
            ("Market Education", MarketEducation),
            ("Messaging Rules", MessagingRules),
            ("Soundbites Library", SoundbitesLibrary),
        ),
    ),
    (
        "Plan",
        (
            ("Channel Strategy", ChannelStrategy),
            ("Market Size", MarketSize),
            ("Validation Tasks", ValidationTasks),
            ("Final Synthesis", FinalSynthesis),
        ),
    ),
)


def _numbered() -> dict[int, Step]:
    titled = [(part, title, answers) for part, steps in _PARTS for title, answers in steps]
    return {number: Step(number, *row) for number, row in enumerate(titled, start=1)}


STEPS: dict[int, Step] = _numbered()
PARTS: tuple[str, ...] = tuple(part for part, _ in _PARTS)


def validate(number: int, data: object) -> dict[str, Any]:
    """The step's answers, checked and trimmed, as JSON-ready data without what was left out.

    Raises pydantic.ValidationError with one entry per bad field.
    """
    return STEPS[number].answers.model_validate(data).model_dump(mode="json", exclude_none=True)
