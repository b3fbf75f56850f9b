"""The contract's routes by name; a deployment that calls them otherwise says so in its target file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.errors import NotOfferedError

API = "/api/v1"
CONTRACT: Mapping[str, str] = {
    "signup": f"{API}/auth/signup",
    "login": f"{API}/auth/login",
    "refresh": f"{API}/auth/refresh",
    "logout": f"{API}/auth/logout",
    "me": f"{API}/auth/me",
    "profile": f"{API}/auth/profile",
    "workspaces": f"{API}/workspaces",
    "members": f"{API}/workspaces/{{workspace}}/members",
    "member": f"{API}/workspaces/{{workspace}}/members/{{user}}",
    "plans": f"{API}/plans",
    "payments": f"{API}/payments",
    "payment": f"{API}/payments/{{payment}}",
    "payment_events": f"{API}/payments/{{payment}}/events",
    "refunds": f"{API}/payments/{{payment}}/refunds",
    "webhook": f"{API}/webhooks/phonepe",
    "subscription": f"{API}/subscription",
    "cancel_subscription": f"{API}/subscription/cancel",
    "session": f"{API}/onboarding/session",
    "step": f"{API}/onboarding/session/steps/{{step}}",
    "draft": f"{API}/onboarding/session/steps/{{step}}/draft",
    "complete": f"{API}/onboarding/session/complete",
    "business_context": f"{API}/business-context",
    "bcm": f"{API}/bcm",
    "bcm_rebuild": f"{API}/bcm/rebuild",
    "bcm_versions": f"{API}/bcm/versions",
    "bcm_version": f"{API}/bcm/versions/{{version}}",
    "bcm_schema": f"{API}/bcm/schema",
    "bcm_export": f"{API}/bcm/export",
    "cohorts": f"{API}/cohorts",
    "campaigns": f"{API}/campaigns",
    "moves": f"{API}/moves",
    "muse": f"{API}/muse",
    "daily-wins": f"{API}/daily-wins",
    "openapi": "/openapi.json",
    "live": "/health/live",
    "ready": "/health/ready",
    "home_page": "/",
    "signup_page": "/signup",
    "login_page": "/login",
    "plans_page": "/onboarding/plans",
    "callback_page": "/onboarding/plans/callback",
    "success_page": "/onboarding/success",
    "step_page": "/onboarding/session/step/{step}",
    "dashboard_page": "/dashboard",
    "answers_page": "/dashboard/answers/{step}",
    "billing_page": "/billing",
}


@dataclass(frozen=True, slots=True)
class Routes:
    """Addresses of one deployment. `renamed` holds only the names that differ from the contract."""

    base_url: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def url(self, name: str, **parts: object) -> str:
        """Return the whole address of a route; KeyError for a name that the contract does not have.

        Raises NotOfferedError for a route that this deployment says it has not: its name is renamed to nothing.
        """
        path = self.renamed.get(name, CONTRACT[name])
        if not path:
            raise NotOfferedError(f"the route {name}")
        return self.base_url + path.format(**parts)
