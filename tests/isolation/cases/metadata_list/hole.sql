-- finds: read public.boards
-- The list of the caller's teams comes from what he may write about himself.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    team_id uuid not null,
    name text not null
);
alter table public.boards enable row level security;
create policy own on public.boards for select to authenticated using (team_id::text in (
    select jsonb_array_elements_text(coalesce(auth.jwt() -> 'user_metadata' -> 'teams', '[]'))
    union select jsonb_array_elements_text(coalesce(auth.jwt() -> 'app_metadata' -> 'teams', '[]'))));
