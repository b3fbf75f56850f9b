"""Signing up, logging in, and knowing oneself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from raptorflow.auth import models, sessions, sql, throttle
from raptorflow.auth.identity import unauthenticated
from raptorflow.auth.tokens import BadToken, Identity
from raptorflow.database import Connection, one, rows, the
from raptorflow.problems import Problem
from raptorflow.resources import Resources
from raptorflow.tenancy import has_access, not_found
from raptorflow.texts import composed, cut
from raptorflow.workspaces import sql as workspaces
from raptorflow.workspaces.models import Membership, Workspace


async def sign_up(held: Resources, wish: models.SignUp) -> sessions.Session:
    """Account, number, profile, workspace and membership, all or none. Raises 409 `EMAIL_TAKEN`."""
    now, user_id, session_id = held.clock.now(), uuid4(), uuid4()
    async with held.passwords.turn:
        encoded = await held.passwords.hash(wish.password)
    wanted = {
        "user": user_id,
        "email": wish.email,
        "hash": encoded,
        "full_name": wish.full_name,
        "workspace_name": _workspace_name(wish),
        "session": session_id,
        "now": now,
        "expires": now + timedelta(seconds=held.settings.refresh_token_seconds),
    }
    try:
        async with held.database.worker() as connection:
            await connection.execute(sql.SIGN_UP, wanted)
    except UniqueViolation as error:
        if error.diag.constraint_name != "users_email_key":
            raise
        raise Problem(409, "EMAIL_TAKEN", "There is already an account for this address. Log in instead.") from None
    return sessions.begin(held, user_id, wish.email, session_id, now)


def _workspace_name(wish: models.SignUp) -> str:
    owner = (wish.full_name or "").strip() or wish.email.partition("@")[0]
    return f"{cut(owner, 88)}'s workspace"


async def log_in(held: Resources, wish: models.LogIn) -> sessions.Session:
    """A session for the right password. Raises 401 `INVALID_CREDENTIALS`, 429 `TOO_MANY_ATTEMPTS`."""
    async with held.passwords.turn:
        await throttle.check(held, wish.email)
        async with held.database.worker() as connection:
            known = await one(connection, sql.CREDENTIALS, {"email": wish.email})
        matching = await held.passwords.verify(known["password_hash"] if known else None, wish.password)
        if matching is None:
            await throttle.note_failure(held, wish.email)
    if known is None or matching is None:
        raise Problem(401, "INVALID_CREDENTIALS", "The address or the password is wrong.")
    await throttle.forget(held, wish.email)
    await _keep_hash_fresh(held, known["user_id"], known["password_hash"], matching)
    return await sessions.open_for(held, known["user_id"], known["email"])


async def _keep_hash_fresh(held: Resources, user_id: UUID, encoded: str, password: str) -> None:
    if held.passwords.is_outdated(encoded) or password != composed(password):
        renewed = await held.passwords.hash(password)
        async with held.database.worker() as connection:
            await connection.execute(sql.RENEW_HASH, {"user": user_id, "hash": renewed})


async def refresh(held: Resources, token: str) -> models.Tokens:
    """Rotate, or repeat the last rotation while nobody used what it gave. Raises 401 for any other token."""
    try:
        session = await sessions.rotate(held, token)
    except BadToken:
        raise unauthenticated() from None
    if isinstance(session, Identity):
        raise unauthenticated()
    return models.Tokens.model_validate(_tokens(held, session))


def _tokens(held: Resources, session: sessions.Session) -> dict[str, object]:
    return {
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
        "expires_in": held.settings.access_token_seconds,
    }


async def introduce(held: Resources, session: sessions.Session) -> models.Session:
    """The answer to signup and login: who, where, and the tokens."""
    identity = session.identity
    async with held.database.session(identity.claims) as connection:
        account = await the(connection, sql.ACCOUNT, {"user": identity.user_id})
        own = await rows(connection, workspaces.LIST, {"user": identity.user_id})
    first = Workspace(**{name: own[0][name] for name in Workspace.model_fields}) if own else None
    whole = {"user": _user(account), "workspace": first, **_tokens(held, session)}
    return models.Session.model_validate(whole)


async def me(held: Resources, identity: Identity, wish: UUID | None) -> models.Me:
    """The caller in the selected workspace (None: the first). Raises 401, 404."""
    async with held.database.session(identity.claims) as connection:
        context = await one(connection, sql.CONTEXT, {"workspace": wish, "now": held.clock.now()})
        if context is None:
            raise unauthenticated()
        if wish is not None and context["workspace_id"] is None:
            raise not_found()
        account = await the(connection, sql.ACCOUNT, {"user": identity.user_id})
        own = [Membership(**row) for row in await rows(connection, workspaces.LIST, {"user": identity.user_id})]
        status, access = await _standing(connection, held, context["workspace_id"])
    return models.Me(
        user=_user(account),
        profile=models.Profile(**{name: account[name] for name in models.Profile.model_fields}),
        identification_number=account["identification_number"],
        created_at=account["created_at"],
        workspace=next((one for one in own if one.id == context["workspace_id"]), None),
        workspaces=own,
        onboarding_status=status,
        needs_payment=not access,
    )


async def _standing(
    connection: Connection, held: Resources, workspace: UUID | None
) -> tuple[models.OnboardingStatus, bool]:
    if workspace is None:
        return "not_started", False
    status = await the(connection, sql.ONBOARDING_STATUS, {"workspace": workspace})
    return status["status"], await has_access(connection, held, workspace)


async def change_profile(held: Resources, identity: Identity, change: models.ProfileChange) -> models.Profile:
    """Change the given fields of the caller's own profile."""
    given = {f"sets_{name}": name in change.model_fields_set for name in models.ProfileChange.model_fields}
    wanted = {**change.model_dump(), **given, "user": identity.user_id, "now": held.clock.now()}
    async with held.database.session(identity.claims) as connection:
        return models.Profile(**await the(connection, sql.CHANGE_PROFILE, wanted))


def _user(account: dict[str, object]) -> models.User:
    return models.User.model_validate({name: account[name] for name in models.User.model_fields})
