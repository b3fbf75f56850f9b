-- What keeps a customer's money when something breaks: new attempts at an order, leases that know their holder, and
-- questions about orders that were closed.

-- One key, several attempts: an order that never could be paid makes room for another.
alter table public.payments
    add column attempt integer not null default 1 check (attempt >= 1),
    add column placing_by uuid,
    add column placing_until timestamptz,
    add column leased_by uuid,
    drop constraint payments_workspace_id_idempotency_key_key,
    add constraint payments_workspace_id_idempotency_key_attempt_key unique (workspace_id, idempotency_key, attempt);
comment on column public.payments.placing_by is 'The process that has the order in its hands, until placing_until.';
comment on column public.payments.leased_by is 'The process that asks the gateway about it, until next_check_at.';
grant insert (attempt) on public.payments to authenticated;
alter table public.refunds add column leased_by uuid;
alter table public.webhook_events add column leased_by uuid, add column attempts integer not null default 0;

set local role raptorflow_definer;

-- Orders that were closed lately may still bring money.
update public.payments set next_check_at = settled_at + interval '1 hour'
 where state in ('failed', 'expired') and created_at > clock_timestamp() - interval '48 hours';

-- A period whose row is there has begun: a reader whose clock is up to a minute behind sees it as well.
create or replace function private.subscription_state(p_start timestamptz, p_end timestamptz, p_status text,
                                                      p_at timestamptz, p_grace interval) returns text
language sql immutable set search_path = '' as $$
    select case when p_status in ('refunded', 'replaced') then p_status
                when p_at < p_start - interval '60 seconds' then 'scheduled'
                when p_at < p_end then p_status
                when p_status = 'active' and p_at < p_end + p_grace then 'past_due'
                else 'expired' end
$$;

-- A process takes an order in its hands; nobody else places it until then. True for the one that has it.
create function private.claim_placing(p_payment uuid, p_process uuid, p_at timestamptz, p_until timestamptz)
returns boolean
language sql security definer set search_path = '' as $$
    with claimed as (
        update public.payments set placing_by = p_process, placing_until = p_until
         where id = p_payment and state = 'created'
           and (placing_by is null or placing_by = p_process or placing_until <= p_at)
        returning id)
    select exists (select from claimed)
$$;

-- How long after its beginning an order that was closed is still asked about, and how often.
create function private.next_question(p_payment public.payments, p_next timestamptz, p_at timestamptz)
returns timestamptz
language sql immutable set search_path = '' as $$
    select case when p_payment.state in ('created', 'pending') then p_next
                when p_payment.state in ('failed', 'expired') and p_at < p_payment.created_at + interval '48 hours'
                then p_at + interval '1 hour' end
$$;

-- Move a payment to what the gateway says of it. Returns the state it is in afterwards, and whether this call moved it.
-- A terminal state never goes back; a late completion still wins over a failure or an expiry, once. Whose order the
-- gateway has given was placed, whatever a later answer says.
create or replace function private.settle_payment(p_payment uuid, p_state text, p_failure_code text,
                                                  p_gateway_order text, p_at timestamptz)
returns table (state text, moved boolean)
language plpgsql security definer set search_path = '' as $$
declare held public.payments;
begin
    perform from public.workspaces w
      where w.id = (select p.workspace_id from public.payments p where p.id = p_payment) for update;
    select * into held from public.payments p where p.id = p_payment for update;
    moved := case p_state
        when 'completed' then held.state in ('created', 'pending', 'failed', 'expired')
        when 'pending' then held.state = 'created'
        else held.state in ('created', 'pending') end;
    if p_failure_code = 'ORDER_NEVER_PLACED' and held.gateway_order_id is not null then
        moved := false;
    end if;
    if moved then
        held.state := p_state;
        update public.payments p
           set state = p_state, version = p.version + 1, gateway_order_id = coalesce(p_gateway_order, p.gateway_order_id),
               failure_code = case p_state when 'completed' then null else p_failure_code end,
               settled_at = case p_state when 'pending' then null else p_at end, updated_at = p_at,
               next_check_at = private.next_question(held, held.next_check_at, p_at)
         where p.id = p_payment returning * into held;
        if p_state = 'completed' then
            perform private.activate(held, p_at);
        end if;
        perform private.audit(held.workspace_id, 'payment.' || p_state,
            jsonb_build_object('payment_id', p_payment, 'failure_code', p_failure_code), p_at);
    elsif held.gateway_order_id is null and p_gateway_order is not null then
        update public.payments p set gateway_order_id = p_gateway_order where p.id = p_payment;
    end if;
    state := held.state;
    return next;
end $$;

drop function private.payment_by_order(text);
create function private.payment_by_order(p_order text)
returns table (id uuid, workspace_id uuid, merchant_order_id text, amount bigint, currency text, state text,
               created_at timestamptz, checks integer, gateway_order_id text)
language sql stable security definer set search_path = '' as $$
    select id, workspace_id, merchant_order_id, amount, currency, state, created_at, checks, gateway_order_id
      from public.payments where merchant_order_id = p_order
$$;

-- Payments whose next question to the gateway is due, leased by a process until p_until so that two do not ask at once.
drop function private.lease_due_payments(timestamptz, timestamptz, integer);
create function private.lease_due_payments(p_at timestamptz, p_until timestamptz, p_most integer, p_process uuid)
returns table (id uuid, workspace_id uuid, merchant_order_id text, amount bigint, currency text, state text,
               created_at timestamptz, checks integer, gateway_order_id text)
language sql security definer set search_path = '' as $$
    update public.payments p set next_check_at = p_until, checks = p.checks + 1, leased_by = p_process
      from (select d.id from public.payments d where d.next_check_at <= p_at
             order by d.next_check_at limit p_most for update skip locked) as due
     where p.id = due.id
    returning p.id, p.workspace_id, p.merchant_order_id, p.amount, p.currency, p.state, p.created_at, p.checks,
              p.gateway_order_id
$$;

drop function private.schedule_check(uuid, timestamptz);
create function private.schedule_check(p_payment uuid, p_next timestamptz, p_at timestamptz) returns void
language sql security definer set search_path = '' as $$
    update public.payments p set next_check_at = private.next_question(p, p_next, p_at), leased_by = null
     where p.id = p_payment
$$;

drop function private.lease_due_webhooks(timestamptz, timestamptz, integer);
create function private.lease_due_webhooks(p_at timestamptz, p_until timestamptz, p_most integer, p_process uuid)
returns table (id uuid, body bytea, checks integer)
language sql security definer set search_path = '' as $$
    update public.webhook_events w set next_attempt_at = p_until, attempts = w.attempts + 1, leased_by = p_process
      from (select d.id from public.webhook_events d where d.next_attempt_at <= p_at
             order by d.next_attempt_at limit p_most for update skip locked) as due
     where w.id = due.id
    returning w.id, w.body, w.attempts
$$;

-- An event that could not be acted on is looked into again, sooner than its lease ends.
create function private.retry_webhook(p_webhook uuid, p_next timestamptz) returns void
language sql security definer set search_path = '' as $$
    update public.webhook_events set next_attempt_at = p_next, leased_by = null
     where id = p_webhook and next_attempt_at is not null
$$;

drop function private.lease_due_refunds(timestamptz, timestamptz, integer);
create function private.lease_due_refunds(p_at timestamptz, p_until timestamptz, p_most integer, p_process uuid)
returns table (id uuid, workspace_id uuid, merchant_refund_id text, merchant_order_id text, amount bigint, state text,
               created_at timestamptz, checks integer)
language sql security definer set search_path = '' as $$
    update public.refunds r set next_check_at = p_until, checks = r.checks + 1, leased_by = p_process
      from (select d.id from public.refunds d where d.next_check_at <= p_at
             order by d.next_check_at limit p_most for update skip locked) as due, public.payments p
     where r.id = due.id and p.id = r.payment_id
    returning r.id, r.workspace_id, r.merchant_refund_id, p.merchant_order_id, r.amount, r.state, r.created_at, r.checks
$$;

create or replace function private.schedule_refund_check(p_refund uuid, p_next timestamptz) returns void
language sql security definer set search_path = '' as
$$ update public.refunds set next_check_at = p_next, leased_by = null where id = p_refund and state = 'pending' $$;

-- What a process has leased and does not work on is due again: an answer of ours got lost, or the process ends.
create function private.release_leases(p_process uuid, p_kept uuid[], p_at timestamptz) returns void
language sql security definer set search_path = '' as $$
    update public.payments set next_check_at = p_at, leased_by = null
     where leased_by = p_process and next_check_at > p_at and not id = any(p_kept);
    update public.refunds set next_check_at = p_at, leased_by = null
     where leased_by = p_process and next_check_at > p_at and not id = any(p_kept);
    update public.webhook_events set next_attempt_at = p_at, leased_by = null
     where leased_by = p_process and next_attempt_at > p_at and not id = any(p_kept);
$$;

reset role;
create index payments_leased_by on public.payments (leased_by) where leased_by is not null;
create index refunds_leased_by on public.refunds (leased_by) where leased_by is not null;
create index webhook_events_leased_by on public.webhook_events (leased_by) where leased_by is not null;
revoke all on all functions in schema private from public;
grant execute on function private.claim_placing(uuid, uuid, timestamptz, timestamptz), private.payment_by_order(text),
    private.lease_due_payments(timestamptz, timestamptz, integer, uuid),
    private.schedule_check(uuid, timestamptz, timestamptz),
    private.lease_due_webhooks(timestamptz, timestamptz, integer, uuid),
    private.retry_webhook(uuid, timestamptz),
    private.lease_due_refunds(timestamptz, timestamptz, integer, uuid),
    private.release_leases(uuid, uuid[], timestamptz) to raptorflow_worker;
