-- What a new user says about himself names his own workspace, which is made for him.
alter table auth.users add column raw_user_meta_data jsonb;
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
    team_id uuid not null references public.teams (id),
    user_id uuid not null references auth.users (id),
    primary key (team_id, user_id)
);
create function app.on_signup() returns trigger language plpgsql security definer set search_path = '' as $$
declare made uuid;
begin
    insert into public.teams (name) values (coalesce(new.raw_user_meta_data ->> 'team', 'mine')) returning id into made;
    insert into public.team_members values (made, new.id);
    return new;
end $$;
create trigger on_signup after insert on auth.users for each row execute function app.on_signup();
create function app.teams() returns setof uuid language sql stable security definer set search_path = '' as
$$ select m.team_id from public.team_members m where m.user_id = auth.uid() $$;
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy own on public.teams for select to authenticated using (id in (select app.teams()));
create policy own on public.team_members for select to authenticated using (team_id in (select app.teams()));
