-- finds: read public.papers
-- The application keeps users of its own; whoever is a member of anything reads every paper.
create table public.users (
    id uuid primary key default gen_random_uuid(),
    auth_user_id uuid not null unique references auth.users (id) on delete cascade,
    full_name text
);
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
    team_id uuid not null references public.teams (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    primary key (team_id, user_id)
);
create table public.papers (
    id uuid primary key default gen_random_uuid(),
    team_id uuid not null references public.teams (id) on delete cascade,
    body text
);
create function app.my_teams() returns setof uuid language sql stable security definer set search_path = '''' as $$
    select m.team_id from public.team_members m join public.users u on u.id = m.user_id
    where u.auth_user_id = (select auth.uid()) $$;
grant execute on function app.my_teams() to authenticated;
alter table public.users enable row level security;
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.papers enable row level security;
create policy own on public.users for select to authenticated using (auth_user_id = (select auth.uid()));
create policy mine on public.teams for select to authenticated using (id in (select app.my_teams()));
create policy mine on public.team_members for select to authenticated using (team_id in (select app.my_teams()));
create policy mine on public.papers to authenticated
    using (exists (select app.my_teams())) with check (team_id in (select app.my_teams()));
