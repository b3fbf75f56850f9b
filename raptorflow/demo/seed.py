"""Takes each person as far as they have come, through the services. What is there already is left as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from raptorflow.app import opened
from raptorflow.auth import models as auth
from raptorflow.auth import service as accounts
from raptorflow.auth.sessions import Session
from raptorflow.bcm import service as bcm
from raptorflow.demo.people import PASSWORD, PEOPLE, Person, answers_of
from raptorflow.features import service as features
from raptorflow.features.writer import FEATURES
from raptorflow.onboarding import service as onboarding
from raptorflow.payments import service as payments
from raptorflow.payments.models import NewPayment
from raptorflow.payments.settlement import move
from raptorflow.problems import Problem
from raptorflow.resources import Resources
from raptorflow.settings import Settings
from raptorflow.tenancy import Tenant
from raptorflow.workspaces import service as workspaces
from raptorflow.workspaces.models import Invitation


class NotHere(Exception):
    """The settings are production's: no made-up customers."""


def seed(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the people of `PEOPLE`; again, make what is missing of them. Raises `NotHere` in production."""
    if settings.environment == "production":
        raise NotHere("ENVIRONMENT: is production, where nobody is made up; seed another one")
    asyncio.run(_seed(settings, say))


async def _seed(settings: Settings, say: Callable[[str], None]) -> None:
    async with opened(settings) as held:
        tenants: dict[str, Tenant] = {}
        for person in PEOPLE:
            tenants[person.name] = await _arrived(held, person)
            await _so_far(tenants[person.name], person)
            if person.guest_of:
                await workspaces.invite(tenants[person.guest_of], Invitation(email=person.email, role="member"))
            say(f"{person.email:36} {person.stage}")


async def _arrived(held: Resources, person: Person) -> Tenant:
    """The person, signed up or logged in, in their own workspace."""
    session = await _session(held, person)
    known = await accounts.introduce(held, session)
    assert known.workspace is not None, "they own one from the first moment, and the last owner stays"
    return Tenant(session.identity, known.workspace.id, "owner", held=held)


async def _session(held: Resources, person: Person) -> Session:
    try:
        return await accounts.sign_up(held, auth.SignUp(email=person.email, password=PASSWORD, full_name=person.name))
    except Problem as problem:
        if problem.code != "EMAIL_TAKEN":
            raise
    return await accounts.log_in(held, auth.LogIn(email=person.email, password=PASSWORD))


async def _so_far(tenant: Tenant, person: Person) -> None:
    if person.plan and (await payments.standing(tenant)).subscription is None:
        await _paid(tenant, NewPayment(plan=person.plan, billing_cycle=person.cycle))
    if person.answered:
        await _answered(tenant, person)
    if person.completed:
        await _completed(tenant, person)
    if person.cancelled:
        await payments.cancel(tenant)


async def _paid(tenant: Tenant, wish: NewPayment) -> None:
    """Made-up customers pay with made-up money: no gateway is asked about them, as it would be for anybody else."""
    payment, _ = await payments.begin(tenant, wish, "demo")
    await move(tenant.held, payment["id"], "completed", None, None)


async def _answered(tenant: Tenant, person: Person) -> None:
    """Onboarding up to the person's step; the one after it is begun, as a draft."""
    session = await onboarding.find_session(tenant) or (await onboarding.open_session(tenant))[0]
    if session.state != "open":
        return
    answers = answers_of(person)
    for number in range(1, person.answered + 1):
        if number not in session.done:
            await onboarding.save_step(tenant, number, answers[number], 0)
    begun = min(person.answered + 1, onboarding.LAST)
    step = await onboarding.read_step(tenant, begun)
    if not step.completed and step.draft is None:
        await onboarding.save_draft(tenant, begun, answers[begun])


async def _completed(tenant: Tenant, person: Person) -> None:
    """A manifest, and what the features make of it; once more after an edit."""
    await onboarding.complete(tenant)
    latest = await bcm.latest(tenant)
    if person.edited and latest["version"] == 1:
        context = await bcm.read_context(tenant)
        answers = context["content"]["answers"]
        goals = {**answers["22"], "goals": [*answers["22"]["goals"], "Two hospital groups as references"]}
        await bcm.change_context(tenant, {"answers": {**answers, "22": goals}}, context["version"])
        await bcm.rebuild(tenant)
    for feature in FEATURES:
        await features.generate(tenant, feature)
