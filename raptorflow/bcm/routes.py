"""`/business-context` and `/bcm` (ONB-14, BCM-16, BCM-18)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from raptorflow.bcm import service
from raptorflow.bcm.markdown import render
from raptorflow.bcm.schema import manifest_schema
from raptorflow.models import Output
from raptorflow.onboarding.bodies import Document
from raptorflow.onboarding.schema import every_step
from raptorflow.problems import documented
from raptorflow.tenancy import Tenant, tenant

router = APIRouter(prefix="/api/v1", tags=["business context"])
Customer = Annotated[Tenant, tenant(paid=True, bcm=True)]
Admin = Annotated[Tenant, tenant(role="admin", paid=True, bcm=True)]
_REFUSALS = (401, 402, 404, 412)
_ANSWERS = {str(number): schema for number, schema in every_step().items()}
_CONTENT: dict[str, Any] = {
    "properties": {
        "answers": {
            "type": "object",
            "properties": _ANSWERS,
            "required": list(_ANSWERS),
            "additionalProperties": False,
        }
    },
    "required": ["answers"],
    "additionalProperties": False,
}


class Context(Output):
    """A business context: `content.answers` holds the answers of the steps by their numbers, "1" to "23"."""

    content: dict[str, Any]
    version: int
    updated_at: datetime


class ChangeContext(Document):
    """The whole content, and the version that it replaces."""

    content: dict[str, Any] = Field(json_schema_extra=_CONTENT)
    version: int = Field(ge=0, le=2**31 - 1)


class VersionView(Output):
    """What is known of a version of the manifest. `tokens` is the estimate of docs/bcm.md."""

    version: int
    checksum: str
    tokens: int
    context_version: int
    created_at: datetime


class ManifestView(VersionView):
    """A version of the manifest; `manifest` keeps the schema at `/bcm/schema`."""

    manifest: dict[str, Any]


class Versions(Output):
    """All versions, the latest first."""

    versions: list[VersionView]


@router.get("/business-context", responses=documented(*_REFUSALS))
async def read_context(customer: Customer) -> Context:
    """The business context that onboarding left."""
    return Context(**await service.read_context(customer))


@router.put("/business-context", responses=documented(*_REFUSALS, 409))
async def change_context(body: ChangeContext, customer: Customer) -> Context:
    """Replace the business context, validated as the steps are."""
    return Context(**await service.change_context(customer, body.content, body.version))


@router.post("/bcm/rebuild", status_code=201, responses={200: {"model": ManifestView}, **documented(*_REFUSALS, 403)})
async def rebuild(admin: Admin, response: Response) -> ManifestView:
    """Draw the manifest anew: 201 with a new version, or 200 with the latest when nothing has changed."""
    row, new = await service.rebuild(admin)
    response.status_code = 201 if new else 200
    return ManifestView(**row)


@router.get("/bcm", responses=documented(*_REFUSALS))
async def latest(customer: Customer) -> ManifestView:
    """The latest manifest."""
    return ManifestView(**await service.latest(customer))


@router.get("/bcm/schema", responses=documented())
async def schema() -> dict[str, Any]:
    """The JSON Schema that every manifest keeps."""
    return manifest_schema()


@router.get("/bcm/versions", responses=documented(*_REFUSALS))
async def versions(customer: Customer) -> Versions:
    """All versions, without their manifests."""
    return Versions(versions=[VersionView(**row) for row in await service.versions(customer)])


@router.get("/bcm/versions/{v}", responses=documented(*_REFUSALS))
async def version(v: Annotated[int, Path(ge=1, le=2**31 - 1)], customer: Customer) -> ManifestView:
    """One version."""
    return ManifestView(**await service.version(customer, v))


@router.get(
    "/bcm/export",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}, "text/markdown": {"schema": {"type": "string"}}}},
        **documented(*_REFUSALS),
    },
)
async def export(customer: Customer, format: Annotated[Literal["json", "markdown"], Query()] = "json") -> Response:
    """The latest manifest as a file."""
    return as_file(await service.latest(customer), format)


def as_file(row: dict[str, Any], wanted: Literal["json", "markdown"]) -> Response:
    """A version of the manifest as a download."""
    name = f"bcm-v{row['version']}"
    if wanted == "markdown":
        text = render(row["manifest"], row["version"], row["checksum"])
        return PlainTextResponse(text, media_type="text/markdown", headers=_attachment(f"{name}.md"))
    body = ManifestView(**row).model_dump_json(indent=2)
    return Response(body, media_type="application/json", headers=_attachment(f"{name}.json"))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
