-- finds: read public.orders
-- In raw SQL the tenant's setting is anybody's to set.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    item text not null
);
alter table public.orders enable row level security;
create policy tenant on public.orders to authenticated
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
