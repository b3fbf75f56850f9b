-- Row security on the parent and on each partition.
create table public.usage (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    at timestamptz not null,
    amount integer not null,
    primary key (id, at)
) partition by range (at);
create table public.usage_2026 partition of public.usage for values from ('2026-01-01') to ('2027-01-01');
create table public.usage_2027 partition of public.usage for values from ('2027-01-01') to ('2028-01-01');
alter table public.usage enable row level security;
alter table public.usage_2026 enable row level security;
revoke all on public.usage_2027 from anon, authenticated;
create policy own on public.usage for select to authenticated using (user_id = (select auth.uid()));
