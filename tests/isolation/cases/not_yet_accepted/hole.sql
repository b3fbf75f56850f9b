-- finds: read public.plans_of_team
-- Who has left reads nothing any more; who has not accepted yet reads everything.
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
    team_id uuid not null references public.teams (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    accepted boolean not null default true,
    left_at timestamptz,
    primary key (team_id, user_id)
);
create table public.plans_of_team (
    id uuid primary key default gen_random_uuid(),
    team_id uuid not null references public.teams (id) on delete cascade,
    body text
);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.plans_of_team enable row level security;
create policy self on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.teams for select to authenticated using (id in (
    select m.team_id from public.team_members m
    where m.user_id = (select auth.uid()) and m.accepted and m.left_at is null));
create policy member on public.plans_of_team for select to authenticated using (team_id in (
    select m.team_id from public.team_members m where m.user_id = (select auth.uid()) and m.left_at is null));
