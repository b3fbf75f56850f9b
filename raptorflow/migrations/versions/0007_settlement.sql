-- What happens to money: the worker moves payments along their states, and a completed one gives one subscription.
set local role raptorflow_definer;

create function private.subscription_state(p_start timestamptz, p_end timestamptz, p_status text, p_at timestamptz,
                                           p_grace interval) returns text
language sql immutable set search_path = '' as $$
    select case when p_status in ('refunded', 'replaced') then p_status
                when p_at < p_start then 'scheduled'
                when p_at < p_end then p_status
                when p_status = 'active' and p_at < p_end + p_grace then 'past_due'
                else 'expired' end
$$;

create function private.period_end(p_anchor timestamptz, p_cycle text, p_number integer) returns timestamptz
language sql immutable set search_path = '' as $$
    select ((p_anchor at time zone 'UTC')
            + p_number * case p_cycle when 'annual' then interval '1 year' else interval '1 month' end) at time zone 'UTC'
$$;

create function private.audit(p_workspace uuid, p_action text, p_details jsonb, p_at timestamptz) returns void
language sql set search_path = '' as
$$ insert into public.audit_log (workspace_id, action, details, at) values (p_workspace, p_action, p_details, p_at) $$;

-- A finding that repeats with every question to the gateway is written down once.
create function private.audit_once(p_workspace uuid, p_action text, p_details jsonb, p_at timestamptz) returns void
language sql security definer set search_path = '' as $$
    insert into public.audit_log (workspace_id, action, details, at)
    select p_workspace, p_action, p_details, p_at
     where not exists (select from public.audit_log
                        where workspace_id = p_workspace and action = p_action and details = p_details)
$$;

-- One subscription for one completed payment: appended to a running period of the same plan and cycle, else from now
-- in place of whatever runs.
create function private.activate(p_payment public.payments, p_at timestamptz) returns void
language plpgsql set search_path = '' as $$
declare running public.subscriptions; made uuid := gen_random_uuid();
        anchor timestamptz := p_at; number integer := 1; starts timestamptz := p_at;
begin
    select * into running from public.subscriptions
     where workspace_id = p_payment.workspace_id and status in ('active', 'cancelled') and period_end > p_at
     order by period_end desc limit 1;
    if running.plan = p_payment.plan and running.billing_cycle = p_payment.billing_cycle then
        anchor := running.anchored_at; number := running.period_number + 1; starts := running.period_end;
    end if;
    insert into public.subscriptions (id, workspace_id, payment_id, plan, billing_cycle, anchored_at, period_number,
                                      period_start, period_end, created_at)
        values (made, p_payment.workspace_id, p_payment.id, p_payment.plan, p_payment.billing_cycle, anchor, number,
                starts, private.period_end(anchor, p_payment.billing_cycle, number), p_at);
    if number = 1 then
        update public.subscriptions set replaced_at = p_at, replaced_by = made
         where workspace_id = p_payment.workspace_id and id <> made and status in ('active', 'cancelled')
           and period_end > p_at;
    end if;
    perform private.audit(p_payment.workspace_id, 'subscription.activated',
        jsonb_build_object('payment_id', p_payment.id, 'subscription_id', made, 'plan', p_payment.plan), p_at);
end $$;

-- The pay call was answered: the order exists and the payer can go there.
create function private.payment_offered(p_payment uuid, p_gateway_order text, p_redirect_url text, p_at timestamptz)
returns void
language sql security definer set search_path = '' as $$
    update public.payments
       set state = case state when 'created' then 'pending' else state end,
           version = version + case state when 'created' then 1 else 0 end,
           gateway_order_id = p_gateway_order, redirect_url = p_redirect_url, updated_at = p_at
     where id = p_payment
$$;

-- Move a payment to what the gateway says of it. Returns the state it is in afterwards, and whether this call moved it.
-- A terminal state never goes back; a late completion still wins over a failure or an expiry, once.
create function private.settle_payment(p_payment uuid, p_state text, p_failure_code text, p_gateway_order text,
                                       p_at timestamptz)
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
    if moved then
        update public.payments p
           set state = p_state, version = p.version + 1, gateway_order_id = coalesce(p_gateway_order, p.gateway_order_id),
               failure_code = case p_state when 'completed' then null else p_failure_code end,
               settled_at = case p_state when 'pending' then null else p_at end, updated_at = p_at,
               next_check_at = case p_state when 'pending' then p.next_check_at end
         where p.id = p_payment returning * into held;
        if p_state = 'completed' then
            perform private.activate(held, p_at);
        end if;
        perform private.audit(held.workspace_id, 'payment.' || p_state,
            jsonb_build_object('payment_id', p_payment, 'failure_code', p_failure_code), p_at);
    end if;
    state := held.state;
    return next;
end $$;

create function private.payment_by_order(p_order text)
returns table (id uuid, workspace_id uuid, merchant_order_id text, amount bigint, currency text, state text,
               created_at timestamptz, checks integer)
language sql stable security definer set search_path = '' as $$
    select id, workspace_id, merchant_order_id, amount, currency, state, created_at, checks
      from public.payments where merchant_order_id = p_order
$$;

-- Payments whose next question to the gateway is due, leased until p_until so that two processes do not ask at once.
create function private.lease_due_payments(p_at timestamptz, p_until timestamptz, p_most integer)
returns table (id uuid, workspace_id uuid, merchant_order_id text, amount bigint, currency text, state text,
               created_at timestamptz, checks integer)
language sql security definer set search_path = '' as $$
    update public.payments p set next_check_at = p_until, checks = p.checks + 1
      from (select d.id from public.payments d where d.next_check_at <= p_at
             order by d.next_check_at limit p_most for update skip locked) as due
     where p.id = due.id
    returning p.id, p.workspace_id, p.merchant_order_id, p.amount, p.currency, p.state, p.created_at, p.checks
$$;

create function private.schedule_check(p_payment uuid, p_next timestamptz) returns void
language sql security definer set search_path = '' as $$
    update public.payments set next_check_at = p_next where id = p_payment and state in ('created', 'pending')
$$;

create function private.store_webhook(p_digest bytea, p_body bytea, p_event text, p_at timestamptz) returns uuid
language sql security definer set search_path = '' as $$
    insert into public.webhook_events as w (body_digest, body, event, received_at, next_attempt_at)
        values (p_digest, p_body, p_event, p_at, p_at)
        on conflict (body_digest) do update set deliveries = w.deliveries + 1
    returning id
$$;

create function private.lease_due_webhooks(p_at timestamptz, p_until timestamptz, p_most integer)
returns table (id uuid, body bytea)
language sql security definer set search_path = '' as $$
    update public.webhook_events w set next_attempt_at = p_until
      from (select d.id from public.webhook_events d where d.next_attempt_at <= p_at
             order by d.next_attempt_at limit p_most for update skip locked) as due
     where w.id = due.id
    returning w.id, w.body
$$;

create function private.finish_webhook(p_webhook uuid, p_outcome text, p_at timestamptz) returns void
language sql security definer set search_path = '' as $$
    update public.webhook_events set processed_at = p_at, outcome = p_outcome, next_attempt_at = null where id = p_webhook
$$;

-- Open a refund as the caller, an owner: never more in sum than was paid. The same key gives the same refund.
create function private.open_refund(p_workspace uuid, p_payment uuid, p_key text, p_refund_order text, p_amount bigint,
                                    p_at timestamptz)
returns table (outcome text, refund_id uuid)
language plpgsql security definer set search_path = '' as $$
declare paid public.payments; kept public.refunds; taken bigint; wished bigint;
begin
    if private.caller_rank(p_workspace) < 3 then
        outcome := 'unknown'; return next; return;
    end if;
    perform from public.workspaces w where w.id = p_workspace for update;  -- before the payment, as settling does
    select * into paid from public.payments p where p.workspace_id = p_workspace and p.id = p_payment for update;
    if paid.id is null then
        outcome := 'unknown'; return next; return;
    end if;
    select * into kept from public.refunds r where r.payment_id = p_payment and r.idempotency_key = p_key;
    if kept.id is not null then
        outcome := case when p_amount is null or kept.amount = p_amount then 'kept' else 'reused' end;
        refund_id := kept.id; return next; return;
    end if;
    select coalesce(sum(r.amount), 0) into taken from public.refunds r
     where r.payment_id = p_payment and r.state <> 'failed';
    wished := coalesce(p_amount, paid.amount - taken);
    if paid.state not in ('completed', 'partially_refunded') then
        outcome := 'not paid';
    elsif wished < 1 or taken + wished > paid.amount then
        outcome := 'too much';
    else
        insert into public.refunds (workspace_id, payment_id, created_by, idempotency_key, merchant_refund_id, amount,
                                    next_check_at, created_at, updated_at)
            values (p_workspace, p_payment, auth.uid(), p_key, p_refund_order, wished, p_at, p_at, p_at)
            returning id into refund_id;
        outcome := 'opened';
    end if;
    return next;
end $$;

-- A period that was given back leaves no gap: what was appended to it moves up, to this moment if it was running.
create function private.close_gap(p_ended public.subscriptions, p_at timestamptz) returns void
language plpgsql set search_path = '' as $$
declare anchor timestamptz := p_ended.anchored_at; less integer := 1;
begin
    if p_ended.period_start <= p_at then
        anchor := p_at; less := p_ended.period_number;
    end if;
    update public.subscriptions s
       set anchored_at = anchor, period_number = s.period_number - less,
           period_start = private.period_end(anchor, s.billing_cycle, s.period_number - less - 1),
           period_end = private.period_end(anchor, s.billing_cycle, s.period_number - less)
     where s.workspace_id = p_ended.workspace_id and s.anchored_at = p_ended.anchored_at
       and s.period_number > p_ended.period_number and s.status in ('active', 'cancelled') and s.period_start > p_at;
end $$;

-- Move a refund to what the gateway says. The whole sum refunded ends the access that the payment gave; what it had
-- replaced runs again.
create function private.settle_refund(p_refund uuid, p_state text, p_failure_code text, p_at timestamptz)
returns boolean
language plpgsql security definer set search_path = '' as $$
declare held public.refunds; paid public.payments; returned bigint; ended public.subscriptions;
begin
    perform from public.workspaces w
      where w.id = (select r.workspace_id from public.refunds r where r.id = p_refund) for update;
    select p.* into paid from public.payments p join public.refunds r on r.payment_id = p.id
     where r.id = p_refund for update of p;
    update public.refunds r set state = p_state, failure_code = p_failure_code, next_check_at = null, updated_at = p_at
     where r.id = p_refund and r.state = 'pending' returning * into held;
    if held.id is null then
        return false;
    end if;
    if p_state = 'completed' then
        select sum(r.amount) into returned from public.refunds r
         where r.payment_id = paid.id and r.state = 'completed';
        update public.payments p
           set state = case when returned >= p.amount then 'refunded' else 'partially_refunded' end,
               version = p.version + 1, updated_at = p_at
         where p.id = paid.id;
        if returned >= paid.amount then
            update public.subscriptions s set refunded_at = p_at where s.payment_id = paid.id returning s.* into ended;
            update public.subscriptions s set replaced_at = null, replaced_by = null where s.replaced_by = ended.id;
            perform private.close_gap(ended, p_at);
        end if;
    end if;
    perform private.audit(held.workspace_id, 'refund.' || p_state,
        jsonb_build_object('payment_id', paid.id, 'refund_id', p_refund, 'amount', held.amount), p_at);
    return true;
end $$;

create function private.refund_by_order(p_order text)
returns table (id uuid, workspace_id uuid, merchant_refund_id text, merchant_order_id text, amount bigint, state text,
               created_at timestamptz, checks integer)
language sql stable security definer set search_path = '' as $$
    select r.id, r.workspace_id, r.merchant_refund_id, p.merchant_order_id, r.amount, r.state, r.created_at, r.checks
      from public.refunds r join public.payments p on p.id = r.payment_id where r.merchant_refund_id = p_order
$$;

create function private.lease_due_refunds(p_at timestamptz, p_until timestamptz, p_most integer)
returns table (id uuid, workspace_id uuid, merchant_refund_id text, merchant_order_id text, amount bigint, state text,
               created_at timestamptz, checks integer)
language sql security definer set search_path = '' as $$
    update public.refunds r set next_check_at = p_until, checks = r.checks + 1
      from (select d.id from public.refunds d where d.next_check_at <= p_at
             order by d.next_check_at limit p_most for update skip locked) as due, public.payments p
     where r.id = due.id and p.id = r.payment_id
    returning r.id, r.workspace_id, r.merchant_refund_id, p.merchant_order_id, r.amount, r.state, r.created_at, r.checks
$$;

create function private.schedule_refund_check(p_refund uuid, p_next timestamptz) returns void
language sql security definer set search_path = '' as
$$ update public.refunds set next_check_at = p_next where id = p_refund and state = 'pending' $$;

reset role;
revoke all on all functions in schema private from public;
grant execute on function private.subscription_state(timestamptz, timestamptz, text, timestamptz, interval),
    private.open_refund(uuid, uuid, text, text, bigint, timestamptz) to authenticated;
grant execute on function private.audit_once(uuid, text, jsonb, timestamptz),
    private.payment_offered(uuid, text, text, timestamptz),
    private.settle_payment(uuid, text, text, text, timestamptz), private.payment_by_order(text),
    private.lease_due_payments(timestamptz, timestamptz, integer), private.schedule_check(uuid, timestamptz),
    private.store_webhook(bytea, bytea, text, timestamptz),
    private.lease_due_webhooks(timestamptz, timestamptz, integer),
    private.finish_webhook(uuid, text, timestamptz), private.settle_refund(uuid, text, text, timestamptz),
    private.refund_by_order(text), private.lease_due_refunds(timestamptz, timestamptz, integer),
    private.schedule_refund_check(uuid, timestamptz) to raptorflow_worker;
