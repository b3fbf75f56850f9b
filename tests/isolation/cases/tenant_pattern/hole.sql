-- finds: read public.pages
-- The tenant's name is taken for a pattern, and a tenant may be called %.
create table public.pages (
    id uuid primary key default gen_random_uuid(),
    tenant text not null,
    body text not null
);
alter table public.pages enable row level security;
create policy own on public.pages for select to authenticated
    using (tenant ilike (auth.jwt() -> 'app_metadata' ->> 'tenant'));
