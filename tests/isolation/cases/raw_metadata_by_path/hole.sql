-- finds: read public.files
-- The same by a path operator and a cast.
create table public.files (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null,
    path text not null
);
alter table public.files enable row level security;
create policy org on public.files for select to authenticated
    using (org_id = (current_setting('request.jwt.claims', true)::jsonb #>> '{user_metadata,org_id}')::uuid);
