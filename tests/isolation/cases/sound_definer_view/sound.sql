-- A view with its owner's rights, behind a barrier, of the caller's rows alone.
create table public.payments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    amount_cents integer not null,
    provider_reference text not null
);
alter table public.payments enable row level security;
create view public.my_payments with (security_barrier = true) as
    select id, amount_cents from public.payments where user_id = (select auth.uid());
revoke all on public.my_payments from anon, authenticated;
grant select on public.my_payments to authenticated;
