-- finds: materialized view public.revenue_by_user
-- What is materialized has no row security.
create table public.sales (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    cents bigint not null
);
alter table public.sales enable row level security;
create policy own on public.sales for select to authenticated using (user_id = (select auth.uid()));
create materialized view public.revenue_by_user as
    select user_id, sum(cents) as cents, count(*) as sales from public.sales group by user_id;
create unique index on public.revenue_by_user (user_id);
