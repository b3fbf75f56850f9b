-- The trusted claim lists the organizations of the caller.
create table public.datasets (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null,
    name text not null
);
alter table public.datasets enable row level security;
create policy org on public.datasets to authenticated
    using (auth.jwt() -> 'app_metadata' -> 'orgs' ? org_id::text)
    with check (auth.jwt() -> 'app_metadata' -> 'orgs' ? org_id::text);
