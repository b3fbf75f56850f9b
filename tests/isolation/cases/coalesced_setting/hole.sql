-- finds: read public.orders
-- With no tenant set, each row is compared with itself.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    total_cents bigint not null default 0,
    shipping_address text
);
alter table public.orders enable row level security;
revoke all on public.orders from anon, authenticated;
grant select, insert, update, delete on public.orders to tenant_app;
create policy tenant on public.orders to tenant_app
    using (tenant_id = coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, tenant_id))
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
