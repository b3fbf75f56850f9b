-- A materialized view, a foreign table and a table without row security, all without grants.
create table public.sales (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    cents bigint not null
);
alter table public.sales enable row level security;
create policy own on public.sales for select to authenticated using (user_id = (select auth.uid()));
create materialized view public.revenue as select user_id, sum(cents) as cents from public.sales group by user_id;
revoke all on public.revenue from anon, authenticated;
create extension file_fdw;
create server files foreign data wrapper file_fdw;
create foreign table public.legacy (user_id uuid, note text) server files options (program 'echo ,x', format 'csv');
revoke all on public.legacy from anon, authenticated;
create view public.my_revenue with (security_barrier) as
    select cents from public.revenue where user_id = auth.uid();
revoke all on public.my_revenue from anon;
revoke insert, update, delete on public.my_revenue from authenticated;
