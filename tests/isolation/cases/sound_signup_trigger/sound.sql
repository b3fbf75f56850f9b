-- Signing up makes the profile, the workspace and the first membership.
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, email text);
create table public.teams (id uuid primary key default gen_random_uuid(), created_by uuid not null references auth.users (id), name text not null);
create table public.team_members (
    team_id uuid not null references public.teams (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    primary key (team_id, user_id)
);
create function app.welcome() returns trigger language plpgsql security definer set search_path = '' as $$
declare team uuid;
begin
    insert into public.profiles (id, email) values (new.id, new.email);
    insert into public.teams (created_by, name) values (new.id, 'mine') returning id into team;
    insert into public.team_members (team_id, user_id) values (team, new.id);
    return new;
end $$;
create trigger welcome after insert on auth.users for each row execute function app.welcome();
alter table public.profiles enable row level security;
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create policy self on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.teams for select to authenticated using (id in (
    select m.team_id from public.team_members m where m.user_id = (select auth.uid())));
