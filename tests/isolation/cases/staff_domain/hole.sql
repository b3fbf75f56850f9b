-- finds: read public.payouts
-- Staff are known by their address, and anybody can register one that contains it.
create table public.payouts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    iban text not null
);
alter table public.payouts enable row level security;
create policy own on public.payouts for select to authenticated using (user_id = (select auth.uid()));
create policy staff on public.payouts for select to authenticated using (auth.jwt() ->> 'email' like '%@acme.com%');
