-- finds: reach public.payments
-- Who may create triggers on a table runs code as everybody who writes to it.
create schema scratch;
grant usage, create on schema scratch to authenticated;
create table public.payments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    card text not null
);
alter table public.payments enable row level security;
create policy own on public.payments to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
grant trigger on public.payments to authenticated;
