-- finds: routine public.join_team(uuid)
-- Joining needs no invitation.
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null, join_code text not null default md5(random()::text));
create table public.team_members (
    id bigint generated always as identity primary key,
    team_id uuid not null references public.teams (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    unique (team_id, user_id)
);
create table public.team_notes (
    id uuid primary key default gen_random_uuid(),
    team_id uuid not null references public.teams (id) on delete cascade,
    body text not null
);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.team_notes enable row level security;
create policy self on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.teams for select to authenticated using (id in (
    select m.team_id from public.team_members m where m.user_id = (select auth.uid())));
create policy member on public.team_notes for select to authenticated using (team_id in (
    select m.team_id from public.team_members m where m.user_id = (select auth.uid())));
create function public.join_team(p_team uuid) returns void language sql security definer set search_path = '' as
$$ insert into public.team_members (team_id, user_id) values (p_team, auth.uid()) on conflict do nothing $$;
