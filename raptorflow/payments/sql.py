"""The statements of `payments`: under RLS where a tenant asks, `private.*` where the worker or a rank decides."""

# ruff: noqa: S608 - only this module's own constants are put together here
from __future__ import annotations

_PAYMENT = """id, workspace_id, merchant_order_id, plan, billing_cycle, amount, currency, state, version, failure_code,
       redirect_url, gateway_order_id, expires_at, created_at, attempt"""
_ORDER = "id, workspace_id, merchant_order_id, amount, currency, state, created_at, checks, gateway_order_id"
_REFUND_ORDER = "id, workspace_id, merchant_refund_id, merchant_order_id, amount, state, created_at, checks"

PLANS = "select id, name, monthly_amount, annual_amount, currency from public.plans order by position"

BEGIN = f"""
insert into public.payments (id, workspace_id, created_by, idempotency_key, attempt, merchant_order_id, plan,
                             billing_cycle, expires_at, next_check_at, created_at, updated_at)
values (%(id)s, %(workspace)s, %(user)s, %(key)s, %(attempt)s, %(order)s, %(plan)s, %(cycle)s,
        %(expires)s, %(next)s, %(now)s, %(now)s)
on conflict (workspace_id, idempotency_key, attempt) do nothing
returning {_PAYMENT}
"""
BY_KEY = f"""
select {_PAYMENT} from public.payments where workspace_id = %(workspace)s and idempotency_key = %(key)s
 order by attempt desc limit 1
"""
CLAIM = "select private.claim_placing(%(id)s, %(process)s, %(now)s, %(until)s) as claimed"
BY_ID = f"select {_PAYMENT} from public.payments where workspace_id = %(workspace)s and id = %(id)s"
BY_ORDER = (
    f"select {_PAYMENT} from public.payments where workspace_id = %(workspace)s and merchant_order_id = %(order)s"
)
LIST = f"""
select {_PAYMENT} from public.payments where workspace_id = %(workspace)s
 order by created_at desc, id limit 100
"""

OFFERED = "select private.payment_offered(%(id)s, %(gateway_order)s, %(redirect_url)s, %(now)s)"
SETTLE = (
    "select state, moved from private.settle_payment(%(id)s, %(state)s, %(failure_code)s, %(gateway_order)s, %(now)s)"
)
ORDER = f"select {_ORDER} from private.payment_by_order(%(order)s)"
LEASE_PAYMENTS = f"select {_ORDER} from private.lease_due_payments(%(now)s, %(until)s, %(most)s, %(process)s)"
SCHEDULE = "select private.schedule_check(%(id)s, %(next)s, %(now)s)"
RELEASE = "select private.release_leases(%(process)s, %(kept)s, %(now)s)"
NOTE = "select private.audit_once(%(workspace)s, %(action)s, %(details)s, %(now)s)"

STORE_WEBHOOK = "select private.store_webhook(%(digest)s, %(body)s, %(event)s, %(now)s) as id"
LEASE_WEBHOOKS = "select id, body, checks from private.lease_due_webhooks(%(now)s, %(until)s, %(most)s, %(process)s)"
RETRY_WEBHOOK = "select private.retry_webhook(%(id)s, %(next)s)"
FINISH_WEBHOOK = "select private.finish_webhook(%(id)s, %(outcome)s, %(now)s)"

_STATE = "private.subscription_state(period_start, period_end, status, %(now)s, %(grace)s)"
HAS_ACCESS = f"""
exists (select from public.subscriptions
         where workspace_id = {{workspace}} and {_STATE} in ('active', 'past_due', 'cancelled'))
"""
ACCESS = f"select {HAS_ACCESS.format(workspace='%(workspace)s')} as has_access"
SUBSCRIPTION = f"""
select id, payment_id, plan, billing_cycle, period_start, period_end, cancelled_at, created_at, {_STATE} as status,
       max(period_end) filter (where status in ('active', 'cancelled')) over () as paid_until
  from public.subscriptions
 where workspace_id = %(workspace)s
 order by array_position(array['active', 'cancelled', 'past_due', 'scheduled', 'expired', 'refunded', 'replaced'],
                         {_STATE}), period_end desc, created_at desc
 limit 1
"""
CANCEL = """
update public.subscriptions set cancelled_at = %(now)s
 where workspace_id = %(workspace)s and status = 'active' and period_end + %(grace)s > %(now)s
returning id
"""

OPEN_REFUND = """
select outcome, refund_id
  from private.open_refund(%(workspace)s, %(payment)s, %(key)s, %(order)s, %(amount)s, %(now)s)
"""
REFUND = """
select id, payment_id, merchant_refund_id, amount, state, failure_code, created_at
  from public.refunds where workspace_id = %(workspace)s and id = %(id)s
"""
REFUND_ORDER = f"select {_REFUND_ORDER} from private.refund_by_order(%(order)s)"
LEASE_REFUNDS = f"select {_REFUND_ORDER} from private.lease_due_refunds(%(now)s, %(until)s, %(most)s, %(process)s)"
SETTLE_REFUND = "select private.settle_refund(%(id)s, %(state)s, %(failure_code)s, %(now)s) as moved"
SCHEDULE_REFUND = "select private.schedule_refund_check(%(id)s, %(next)s)"
