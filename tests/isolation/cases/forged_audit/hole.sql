-- finds: write public.audit_log
-- "Append only" lets everybody append.
create table public.payments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    amount_cents integer not null
);
create table public.audit_log (
    id bigint generated always as identity primary key,
    actor_id uuid references auth.users (id),
    action text not null,
    at timestamptz not null default now()
);
alter table public.payments enable row level security;
alter table public.audit_log enable row level security;
create policy own on public.payments for select to authenticated using (user_id = (select auth.uid()));
create policy append on public.audit_log for insert to authenticated with check (true);
