-- finds: reserved column public.team_members
-- Members may change their own membership, and their role is a part of it.
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
    team_id uuid not null references public.teams (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role text not null default 'viewer' check (role in ('viewer', 'editor', 'owner')),
    email_notifications boolean not null default true,
    primary key (team_id, user_id)
);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy self on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy settings on public.team_members for update to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy member on public.teams for select to authenticated using (
    id in (select m.team_id from public.team_members m where m.user_id = (select auth.uid())));
create policy owner on public.teams for update to authenticated using (
    id in (select m.team_id from public.team_members m where m.user_id = (select auth.uid()) and m.role = 'owner'));
