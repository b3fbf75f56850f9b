-- finds: read public.contracts
-- Who was given no tenant by the service, names one himself.
create table public.contracts (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    body text not null
);
alter table public.contracts enable row level security;
create policy own on public.contracts for select to authenticated using (tenant_id::text = coalesce(
    auth.jwt() -> 'app_metadata' ->> 'tenant_id', auth.jwt() -> 'user_metadata' ->> 'tenant_id'));
