-- Tenants are numbers, compared as texts: whole.
create table public.meters (
    id bigint generated always as identity primary key,
    tenant_id bigint not null,
    name text not null
);
alter table public.meters enable row level security;
create policy own on public.meters to authenticated
    using (tenant_id::text = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'))
    with check (tenant_id::text = (select auth.jwt() -> 'app_metadata' ->> 'tenant_id'));
