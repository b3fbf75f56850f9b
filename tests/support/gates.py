"""Who may use which route and which page, as the contract gives it; a new one fails its test until it is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["member", "admin", "owner"]
State = Literal["unpaid", "paid", "manifest"]
STATES: tuple[State, ...] = ("unpaid", "paid", "manifest")
RANK: dict[str, int] = {"member": 1, "admin": 2, "owner": 3}


@dataclass(frozen=True, slots=True)
class Gate:
    """What a route asks of its caller: nothing, a session, or a role in the workspace, its access and its manifest.

    `body` is one of the right shape, sent as JSON by the API and as a form by pages.
    """

    needs: Literal["nothing", "session", "workspace"] = "workspace"
    role: Role = "member"
    paid: bool = False
    bcm: bool = False
    body: Any = None

    def refusal(self, actor: str, state: State) -> tuple[int, str] | None:
        """The status and code that this actor gets in a workspace of this state; None for whoever may."""
        if self.needs == "nothing":
            return None
        if actor == "nobody":
            return 401, "UNAUTHENTICATED"
        if self.needs == "session":
            return None
        if actor not in RANK:
            return 404, "WORKSPACE_NOT_FOUND"
        if RANK[actor] < RANK[self.role]:
            return 403, "FORBIDDEN_ROLE"
        if self.paid and state == "unpaid":
            return 402, "SUBSCRIPTION_REQUIRED"
        if self.bcm and state != "manifest":
            return 412, "BCM_NOT_READY"
        return None


OPEN, SIGNED_IN, MEMBER = Gate("nothing"), Gate("session"), Gate()
PAYING, READER = Gate(paid=True), Gate(paid=True, bcm=True)
STEP = {"data": {"company_name": "C", "industry": "I", "stage": "S"}, "version": 99}
FORM = {"company_name": "C", "industry": "I", "stage": "S", "version": "99"}
GLIDE = {"plan": "glide", "billing_cycle": "monthly"}
FEATURES = ("cohorts", "campaigns", "moves", "muse", "daily-wins")
API = "/api/v1"
ROUTES: dict[str, Gate] = {
    "GET /health/live": OPEN,
    "GET /health/ready": OPEN,
    f"POST {API}/auth/signup": OPEN,
    f"POST {API}/auth/login": OPEN,
    f"POST {API}/auth/refresh": OPEN,
    f"GET {API}/plans": OPEN,
    f"GET {API}/bcm/schema": OPEN,
    f"POST {API}/webhooks/phonepe": OPEN,
    f"POST {API}/auth/logout": SIGNED_IN,
    f"PATCH {API}/auth/profile": Gate("session", body={"company": "C"}),
    f"GET {API}/workspaces": SIGNED_IN,
    f"POST {API}/workspaces": Gate("session", body={"name": "Another"}),
    f"GET {API}/auth/me": MEMBER,
    f"POST {API}/workspaces/{{workspace_id}}/members": Gate(
        role="admin", body={"email": "x@y.example", "role": "member"}
    ),
    f"DELETE {API}/workspaces/{{workspace_id}}/members/{{user_id}}": Gate(role="owner"),
    f"GET {API}/payments": MEMBER,
    f"POST {API}/payments": Gate(role="admin", body=GLIDE),
    f"GET {API}/payments/{{payment_id}}": MEMBER,
    f"GET {API}/payments/{{payment_id}}/events": MEMBER,
    f"POST {API}/payments/{{payment_id}}/refunds": Gate(role="owner", body={"amount": 1}),
    f"GET {API}/subscription": MEMBER,
    f"POST {API}/subscription/cancel": Gate(role="owner"),
    f"POST {API}/onboarding/session": PAYING,
    f"GET {API}/onboarding/session": PAYING,
    f"GET {API}/onboarding/session/steps/{{n}}": PAYING,
    f"PUT {API}/onboarding/session/steps/{{n}}": Gate(paid=True, body=STEP),
    f"PUT {API}/onboarding/session/steps/{{n}}/draft": Gate(paid=True, body=STEP),
    f"POST {API}/onboarding/session/complete": PAYING,
    f"GET {API}/business-context": READER,
    f"PUT {API}/business-context": Gate(paid=True, bcm=True, body={"content": {"answers": {}}, "version": 99}),
    f"POST {API}/bcm/rebuild": Gate(role="admin", paid=True, bcm=True),
    f"GET {API}/bcm": READER,
    f"GET {API}/bcm/versions": READER,
    f"GET {API}/bcm/versions/{{v}}": READER,
    f"GET {API}/bcm/export": READER,
    **{f"{method} {API}/{feature}": READER for feature in FEATURES for method in ("GET", "POST")},
}
"""Every published operation. A member who is removed is the owner here: only an owner may, and the last one stays."""

PAGES: dict[str, Gate] = {
    "GET /": OPEN,
    "GET /signup": OPEN,
    "POST /signup": OPEN,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "GET /welcome": SIGNED_IN,
    "POST /logout": OPEN,
    "GET /static/{name}": OPEN,
    "GET /health/metrics": OPEN,
    "GET /onboarding/plans": MEMBER,
    "POST /onboarding/plans": Gate(role="admin", body=GLIDE | {"attempt": "1"}),
    "GET /onboarding/plans/callback": MEMBER,
    "GET /onboarding/success": PAYING,
    "GET /billing": MEMBER,
    "POST /billing/cancel": Gate(role="owner"),
    "GET /onboarding/session/step/{n}": PAYING,
    "POST /onboarding/session/step/{n}": Gate(paid=True, body=FORM),
    "POST /onboarding/session/step/{n}/draft": Gate(paid=True, body=FORM),
    "POST /onboarding/complete": PAYING,
    "GET /dashboard": READER,
    "POST /dashboard/workspace": SIGNED_IN,
    "POST /dashboard/rebuild": Gate(role="admin", paid=True, bcm=True),
    "POST /dashboard/features/{feature}": READER,
    "GET /dashboard/manifest.{kind}": READER,
    "GET /dashboard/answers/{n}": READER,
    "POST /dashboard/answers/{n}": Gate(paid=True, bcm=True, body=FORM),
}
"""Every page and form, and what else is answered that the published description leaves out."""
