"""The statements of `auth`. `private.*` are the worker's functions, or the caller's own; the rest is under RLS."""

# ruff: noqa: S608 - only constants are put together here
from __future__ import annotations

from raptorflow.payments.sql import HAS_ACCESS

SIGN_UP = """
select private.sign_up(%(user)s, %(email)s, %(hash)s, %(full_name)s, %(workspace_name)s, %(now)s),
       private.open_session(%(session)s, %(user)s, %(now)s, %(expires)s)
"""
CREDENTIALS = "select user_id, email, password_hash from private.credentials(%(email)s)"
RENEW_HASH = "select private.renew_hash(%(user)s, %(hash)s)"
OPEN_SESSION = "select private.open_session(%(session)s, %(user)s, %(now)s, %(expires)s)"
ROTATE = """
select outcome, user_id, email, generation, rotated_at, expires_at
  from private.rotate_session(%(session)s, %(generation)s, %(now)s, %(expires)s, %(under_way)s)
"""
END_SESSION = "select private.end_session(%(now)s)"
CONTEXT = "select workspace_id, role from private.request_context(%(workspace)s, %(now)s)"
_HAS_BCM = "exists (select from public.bcm_manifests where workspace_id = c.workspace_id)"


def gates(*, paid: bool, bcm: bool) -> str:
    """Who the caller is, and what the route asks for: a table that it does not need may be locked."""
    return f"""
select c.workspace_id, c.role, {HAS_ACCESS.format(workspace="c.workspace_id") if paid else "true"} as has_access,
       {_HAS_BCM if bcm else "true"} as has_bcm
  from private.request_context(%(workspace)s, %(now)s) as c
"""


NOTE_FAILURE = "select private.note_login_failure(%(digest)s, %(now)s, %(since)s)"
FAILURES = "select failures, oldest from private.login_failures(%(digest)s, %(since)s)"
FORGET_FAILURES = "select private.forget_login_failures(%(digest)s)"

ACCOUNT = """
select u.id, u.email, u.identification_number, u.created_at, p.full_name, p.company, p.phone
  from public.users u join public.profiles p on p.user_id = u.id
 where u.id = %(user)s
"""
CHANGE_PROFILE = """
update public.profiles
   set full_name = case when %(sets_full_name)s then %(full_name)s else full_name end,
       company = case when %(sets_company)s then %(company)s else company end,
       phone = case when %(sets_phone)s then %(phone)s else phone end,
       updated_at = %(now)s
 where user_id = %(user)s
returning full_name, company, phone
"""
ONBOARDING_STATUS = """
select case when exists (select from public.onboarding_sessions
                          where workspace_id = %(workspace)s and state = 'completed') then 'completed'
            when exists (select from public.onboarding_sessions where workspace_id = %(workspace)s) then 'in_progress'
            else 'not_started' end as status
"""
