-- Prices that everybody reads and nobody changes.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    plan_code text not null,
    note text
);
create table public.plans (code text primary key, title text not null, cents integer not null check (cents >= 0));
create table public.countries (iso char(2) primary key, name text not null);
alter table public.orders add foreign key (plan_code) references public.plans (code);
alter table public.orders enable row level security;
alter table public.plans enable row level security;
create policy own on public.orders to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy everybody on public.plans for select to anon, authenticated using (true);
revoke insert, update, delete on public.countries from anon, authenticated;
