"""Bodies of the right shape, for each route that takes one."""

from __future__ import annotations

from typing import Any

BODIES: dict[str, Any] = {
    "POST /api/v1/auth/signup": {"email": "sweep@example.com", "password": "long enough", "full_name": "S Weep"},
    "POST /api/v1/auth/login": {"email": "sweep@example.com", "password": "long enough"},
    "POST /api/v1/auth/refresh": {"refresh_token": "a.b.c"},
    "PATCH /api/v1/auth/profile": {"full_name": "S Weep", "company": "Sweep", "phone": "+91 1"},
    "POST /api/v1/workspaces": {"name": "Second"},
    "POST /api/v1/workspaces/{workspace_id}/members": {"email": "sweep@example.com", "role": "member"},
    "POST /api/v1/payments": {"plan": "glide", "billing_cycle": "monthly"},
    "POST /api/v1/payments/{payment_id}/refunds": {"amount": 1},
    "PUT /api/v1/onboarding/session/steps/{n}": {"data": {"company_name": "C"}, "version": 9},
    "PUT /api/v1/onboarding/session/steps/{n}/draft": {"data": {}, "version": 9},
    "PUT /api/v1/business-context": {"content": {"answers": {}}, "version": 9},
    "POST /api/v1/webhooks/phonepe": {"event": "x", "payload": {}},
}
"""For each route that takes a body, one of the right shape."""
