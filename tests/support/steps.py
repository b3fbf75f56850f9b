"""What onboarding's steps demand."""

from __future__ import annotations

REQUIRED: dict[int, tuple[str, ...]] = {
    1: ("company_name", "industry", "stage"),
    2: ("value_proposition", "values", "personality"),
    3: ("contradictions",),
    4: ("target_audience", "confirmed"),
    5: ("problem_statement", "solution", "pain_points"),
    6: ("market_trends",),
    7: ("competitors",),
    8: ("comparative_angle",),
    9: ("category", "revenue_model"),
    10: ("capabilities", "pricing_strategy"),
    11: ("axes",),
    12: ("position",),
    13: ("gaps",),
    14: ("positioning_statement",),
    15: ("focus", "sacrifice"),
    16: ("icps",),
    17: ("go_to_market", "education_points"),
    18: ("messaging",),
    19: ("soundbites",),
    20: ("channels", "content_strategy", "sales_strategy"),
    21: ("market",),
    22: ("goals", "implementation"),
    23: ("final_review",),
}
"""The contract's table."""
