-- finds: read public.orders
-- The application's role goes around row security.
do $$ begin create role rlsc_bypasser nologin; exception when duplicate_object then null; end $$;
alter role rlsc_bypasser bypassrls;
grant usage on schema public to rlsc_bypasser;
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    item text not null
);
alter table public.orders enable row level security;
revoke all on public.orders from anon, authenticated;
grant select, insert, update, delete on public.orders to rlsc_bypasser;
create policy tenant on public.orders using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
