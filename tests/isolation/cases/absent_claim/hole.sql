-- finds: read public.assets
-- A token without the claim sees everything.
create table public.assets (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null,
    name text not null
);
alter table public.assets enable row level security;
create policy tenant on public.assets for select to authenticated using (workspace_id::text = coalesce(
    auth.jwt() -> 'app_metadata' ->> 'workspace_id', workspace_id::text));
