"""The interview of the second RaptorFlow: its steps, its end, and the manifest that is drawn from it."""

from __future__ import annotations

from flask import Blueprint, request

from tests.support.second.books import SCHEMA, STEPS
from tests.support.second.site import Answer, firm, problem, site

REQUIRED = {
    1: ("company_name", "industry", "stage"),
    2: ("value_proposition", "values", "personality"),
    3: ("contradictions",),
    4: ("target_audience", "confirmed"),
    5: ("problem_statement", "solution", "pain_points"),
}
"""It validates five steps, and keeps the others as they come."""
routes = Blueprint("interview", __name__)


@routes.post("/my/interview")
def begin() -> Answer:
    """Begin, or go on, where somebody has paid."""
    mine, books = firm(), site().books
    if books.one("select 1 from shop.passes where workspace_id = %s", mine) is None:
        return problem(402, "SUBSCRIPTION_REQUIRED")
    books.one("insert into shop.interviews (workspace_id) values (%s) on conflict do nothing returning 1", mine)
    return {"progress": {"next_step": min(books.next_step(mine), STEPS)}}, 200


@routes.put("/my/interview/<int:step>")
def answer(step: int) -> Answer:
    """Keep the answers to a step."""
    mine, said, books = firm(), request.get_json(), site().books
    if step > books.next_step(mine):
        return problem(409, "STEP_ORDER")
    if any(name not in said["data"] for name in REQUIRED.get(step, ())):
        return problem(422, "INVALID_STEP")
    version = books.reply(mine, step, said["data"], said["version"])
    return ({"version": version}, 200) if version else problem(409, "VERSION_CONFLICT")


@routes.post("/my/interview/end")
def complete() -> Answer:
    """End the interview, and draw the manifest."""
    mine = firm()
    if site().books.next_step(mine) <= STEPS:
        return problem(409, "STEPS_INCOMPLETE")
    return site().books.complete(mine), 200


@routes.get("/my/manifest")
def manifest() -> Answer:
    """Show the newest manifest."""
    query = "select version, checksum, manifest from shop.manifests where workspace_id = %s order by version desc"
    found = site().books.one(query, firm())
    return (found, 200) if found else problem(404, "NOT_FOUND")


@routes.get("/manifest.schema")
def schema() -> Answer:
    """Show what every manifest keeps to."""
    return SCHEMA, 200
