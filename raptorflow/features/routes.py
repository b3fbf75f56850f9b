"""`/cohorts`, `/campaigns`, `/moves`, `/muse`, `/daily-wins` (BCM-18, BCM-19): two verbs each, of one shape."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from raptorflow.features import service
from raptorflow.features.writer import FEATURES, Feature
from raptorflow.models import Output
from raptorflow.problems import documented
from raptorflow.tenancy import Tenant, tenant

router = APIRouter(prefix="/api/v1", tags=["features"])
Customer = Annotated[Tenant, tenant(paid=True, bcm=True)]
_REFUSALS = documented(401, 402, 404, 412)


class Item(Output):
    """One piece that a feature wrote."""

    id: UUID
    bcm_version: int
    position: int
    title: str
    content: dict[str, Any]
    created_at: datetime


class Pieces(Output):
    """What a feature wrote, and the version of the manifest that it used."""

    feature: Feature
    bcm_version: int
    items: list[Item]


def _serve(feature: Feature) -> None:
    async def read(customer: Customer) -> Pieces:
        version, rows = await service.read(customer, feature)
        return _pieces(feature, version, rows)

    async def generate(customer: Customer, response: Response) -> Pieces:
        version, rows, written = await service.generate(customer, feature)
        response.status_code = 201 if written else 200
        return _pieces(feature, version, rows)

    name = feature.replace("-", "_")
    router.get(f"/{feature}", name=f"read_{name}", description="What was last written.", responses=_REFUSALS)(read)
    router.post(
        f"/{feature}",
        name=f"generate_{name}",
        description="Write from the latest manifest: 201, or 200 with what this version gave before.",
        status_code=201,
        responses={200: {"model": Pieces}, **_REFUSALS},
    )(generate)


def _pieces(feature: Feature, version: int, rows: list[dict[str, Any]]) -> Pieces:
    return Pieces(feature=feature, bcm_version=version, items=[Item(**row) for row in rows])


for each in FEATURES:
    _serve(each)
