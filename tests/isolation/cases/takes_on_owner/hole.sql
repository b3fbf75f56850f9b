-- finds: reach rlsc_owner
-- The application may become who owns its tables.
do $$ begin create role rlsc_owner nologin; exception when duplicate_object then null; end $$;
do $$ begin create role rlsc_web nologin noinherit; exception when duplicate_object then null; end $$;
grant rlsc_owner to rlsc_web;
grant usage on schema public to rlsc_web, rlsc_owner;
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    item text not null
);
alter table public.orders owner to rlsc_owner;
alter table public.orders enable row level security;
revoke all on public.orders from anon, authenticated;
grant select, insert on public.orders to rlsc_web;
create policy tenant on public.orders to rlsc_web
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
