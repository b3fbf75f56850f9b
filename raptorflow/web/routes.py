"""All pages."""

from __future__ import annotations

from fastapi import APIRouter

from raptorflow.web import account, answers, billing, dashboard, static, steps

router = APIRouter()
for part in (account, billing, steps, dashboard, answers, static):
    router.include_router(part.router)
