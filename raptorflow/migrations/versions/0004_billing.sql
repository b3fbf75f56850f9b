-- Plans, payments, refunds, the gateway's webhooks, subscriptions, and the log of what was decided.
create table public.plans (
    id text primary key check (id ~ '^[a-z]{1,32}$'),
    name text not null,
    monthly_amount bigint not null check (monthly_amount >= 100),
    annual_amount bigint not null check (annual_amount >= 100),
    currency text not null default 'INR' check (currency = 'INR'),
    position integer not null
);
insert into public.plans (id, name, monthly_amount, annual_amount, position) values
    ('ascent', 'Ascent', 500000, 5000000, 1),
    ('glide', 'Glide', 700000, 7000000, 2),
    ('soar', 'Soar', 1000000, 10000000, 3);

create table public.payments (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    created_by uuid not null references public.users (id),
    idempotency_key text not null check (length(idempotency_key) between 1 and 255),
    merchant_order_id text not null unique check (merchant_order_id ~ '^[A-Za-z0-9_-]{1,63}$'),
    plan text not null references public.plans (id),
    billing_cycle text not null check (billing_cycle in ('monthly', 'annual')),
    amount bigint not null check (amount >= 100),
    currency text not null default 'INR' check (currency = 'INR'),
    state text not null default 'created'
        check (state in ('created', 'pending', 'completed', 'failed', 'expired', 'refunded', 'partially_refunded')),
    version integer not null default 1,
    failure_code text,
    gateway_order_id text,
    redirect_url text,
    expires_at timestamptz not null,
    settled_at timestamptz,
    checks integer not null default 0,
    next_check_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (workspace_id, idempotency_key),
    unique (workspace_id, id)
);
create index payments_due on public.payments (next_check_at) where next_check_at is not null;

create table public.refunds (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    payment_id uuid not null,
    created_by uuid not null references public.users (id),
    idempotency_key text not null check (length(idempotency_key) between 1 and 255),
    merchant_refund_id text not null unique check (merchant_refund_id ~ '^[A-Za-z0-9_-]{1,63}$'),
    amount bigint not null check (amount > 0),
    state text not null default 'pending' check (state in ('pending', 'completed', 'failed')),
    failure_code text,
    next_check_at timestamptz,
    checks integer not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (workspace_id, payment_id, idempotency_key),
    foreign key (workspace_id, payment_id) references public.payments (workspace_id, id)
);
create index refunds_due on public.refunds (next_check_at) where next_check_at is not null;

create table public.subscriptions (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    payment_id uuid not null unique,
    plan text not null references public.plans (id),
    billing_cycle text not null check (billing_cycle in ('monthly', 'annual')),
    anchored_at timestamptz not null,
    period_number integer not null check (period_number >= 1),
    period_start timestamptz not null,
    period_end timestamptz not null check (period_end > period_start),
    cancelled_at timestamptz,
    replaced_at timestamptz,
    replaced_by uuid,
    refunded_at timestamptz,
    status text not null generated always as (
        case when refunded_at is not null then 'refunded' when replaced_at is not null then 'replaced'
             when cancelled_at is not null then 'cancelled' else 'active' end) stored,
    created_at timestamptz not null,
    unique (workspace_id, id),
    foreign key (workspace_id, payment_id) references public.payments (workspace_id, id),
    foreign key (workspace_id, replaced_by) references public.subscriptions (workspace_id, id)
        deferrable initially deferred
);
comment on column public.subscriptions.status is 'What was decided; whether the period runs is a matter of the clock.';
create index subscriptions_workspace_id on public.subscriptions (workspace_id, period_end);

create table public.webhook_events (
    id uuid primary key default gen_random_uuid(),
    body_digest bytea not null unique,
    body bytea not null,
    event text,
    deliveries integer not null default 1,
    received_at timestamptz not null,
    next_attempt_at timestamptz,
    processed_at timestamptz,
    outcome text
);
create index webhook_events_due on public.webhook_events (next_attempt_at) where next_attempt_at is not null;

create table public.audit_log (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid references public.workspaces (id),
    actor_id uuid references public.users (id),
    action text not null,
    details jsonb not null default '{}',
    at timestamptz not null
);
create index audit_log_workspace_id on public.audit_log (workspace_id, at);

create function public.refuse_rewriting() returns trigger
language plpgsql set search_path = '' as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'integrity_constraint_violation';
end $$;
revoke all on function public.refuse_rewriting() from public;
create trigger audit_log_is_append_only before update or delete on public.audit_log
    for each row execute function public.refuse_rewriting();
create trigger audit_log_is_never_emptied before truncate on public.audit_log
    for each statement execute function public.refuse_rewriting();

-- Listeners learn that a payment changed by the digest of its id; they read the row under their own rights.
create function public.tell_payment_changed() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform pg_notify('payments', encode(sha256(convert_to(new.id::text, 'UTF8')), 'hex'));
    return null;
end $$;
revoke all on function public.tell_payment_changed() from public;
create trigger payments_tell after update of version on public.payments
    for each row when (old.version is distinct from new.version) execute function public.tell_payment_changed();

-- The amount is the plan's, whatever the statement says.
create function public.price_payment() returns trigger
language plpgsql set search_path = '' as $$
begin
    select case new.billing_cycle when 'annual' then annual_amount else monthly_amount end
      into strict new.amount from public.plans where id = new.plan;
    return new;
end $$;
revoke all on function public.price_payment() from public;
create trigger payments_price before insert on public.payments
    for each row execute function public.price_payment();

grant select on public.plans to anon, authenticated, raptorflow_definer;
grant select, insert, update on public.payments, public.refunds, public.subscriptions, public.webhook_events
    to raptorflow_definer;
grant insert, select on public.audit_log to raptorflow_definer;

alter table public.payments enable row level security, force row level security;
alter table public.refunds enable row level security, force row level security;
alter table public.subscriptions enable row level security, force row level security;
alter table public.webhook_events enable row level security, force row level security;
alter table public.audit_log enable row level security, force row level security;

create policy payments_read on public.payments for select to authenticated
    using (workspace_id in (select private.workspaces_of_caller()));
create policy payments_begin on public.payments for insert to authenticated
    with check (workspace_id in (select private.workspaces_where_caller_is('admin'))
                and created_by = (select auth.uid()) and state = 'created');
create policy refunds_read on public.refunds for select to authenticated
    using (workspace_id in (select private.workspaces_of_caller()));
create policy subscriptions_read on public.subscriptions for select to authenticated
    using (workspace_id in (select private.workspaces_of_caller()));
create policy subscriptions_cancel on public.subscriptions for update to authenticated
    using (workspace_id in (select private.workspaces_where_caller_is('owner')))
    with check (workspace_id in (select private.workspaces_where_caller_is('owner')));
create policy audit_log_read on public.audit_log for select to authenticated
    using (workspace_id in (select private.workspaces_where_caller_is('admin')));

grant select on public.payments, public.refunds, public.subscriptions, public.audit_log to authenticated;
grant insert (id, workspace_id, created_by, idempotency_key, merchant_order_id, plan, billing_cycle, expires_at,
              next_check_at, created_at, updated_at) on public.payments to authenticated;
grant update (cancelled_at) on public.subscriptions to authenticated;
