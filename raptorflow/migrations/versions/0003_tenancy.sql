-- Identity, workspaces and memberships, under row level security that is enabled and forced.
create schema if not exists private;
revoke all on schema private, public, auth from public;
grant usage on schema public, auth to anon, authenticated, service_role, raptorflow_definer;
grant usage on schema private to authenticated, raptorflow_worker;
grant usage, create on schema private to raptorflow_definer;
alter default privileges revoke execute on functions from public;
revoke all on function public.refuse_renumbering() from public;

-- What a legacy database left open is closed: its policies and grants on tables count no more.
do $$
declare policy record;
begin
    for policy in select schemaname, tablename, policyname from pg_policies where schemaname in ('public', 'auth') loop
        execute format('drop policy %I on %I.%I', policy.policyname, policy.schemaname, policy.tablename);
    end loop;
end $$;
revoke all on all tables in schema public, auth from public, anon, authenticated;
revoke all on all sequences in schema public from public, anon, authenticated;

create or replace function auth.jwt() returns jsonb
language sql stable set search_path = '' as
$$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;

create or replace function auth.uid() returns uuid
language sql stable set search_path = '' as $$ select (auth.jwt() ->> 'sub')::uuid $$;

create or replace function auth.role() returns text
language sql stable set search_path = '' as $$ select auth.jwt() ->> 'role' $$;

grant execute on function auth.jwt(), auth.uid(), auth.role() to anon, authenticated, service_role, raptorflow_definer;

create unique index users_email_key on auth.users (lower(email));
alter table auth.users alter column created_at drop default;

create table auth.sessions (
    id uuid primary key,
    user_id uuid not null references auth.users (id),
    generation integer not null default 1,
    created_at timestamptz not null,
    rotated_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_user_id on auth.sessions (user_id);

create table auth.login_failures (
    address_digest bytea not null,
    failed_at timestamptz not null
);
create index login_failures_address_digest on auth.login_failures (address_digest, failed_at);

create table public.profiles (
    user_id uuid primary key references public.users (id),
    full_name text check (length(full_name) <= 200),
    company text check (length(company) <= 200),
    phone text check (length(phone) <= 32),
    updated_at timestamptz not null
);

create table public.workspaces (
    id uuid primary key default gen_random_uuid(),
    name text not null check (length(name) between 1 and 100),
    slug text not null unique,
    owner_id uuid not null,
    owner_identification_number varchar(20) not null,
    created_at timestamptz not null,
    foreign key (owner_id, owner_identification_number) references public.users (id, identification_number)
);
create index workspaces_owner_id on public.workspaces (owner_id);

create table public.workspace_members (
    workspace_id uuid not null references public.workspaces (id),
    user_id uuid not null references public.users (id),
    role text not null check (role in ('owner', 'admin', 'member')),
    is_active boolean not null default true,
    joined_at timestamptz not null,
    removed_at timestamptz,
    primary key (workspace_id, user_id)
);
create index workspace_members_user_id on public.workspace_members (user_id) where is_active;

create table public.invitations (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    email text not null check (length(email) <= 254),
    role text not null check (role in ('owner', 'admin', 'member')),
    invited_by uuid not null references public.users (id),
    created_at timestamptz not null,
    accepted_at timestamptz
);
create unique index invitations_open on public.invitations (workspace_id, lower(email)) where accepted_at is null;

-- A legacy user becomes the owner of a workspace of their own.
insert into public.profiles (user_id, full_name, updated_at) select id, coalesce(profile, full_name), created_at
    from public.users left join private.long_names on user_id = id;
insert into public.workspaces (name, slug, owner_id, owner_identification_number, created_at)
    select left(coalesce(workspace, nullif(full_name, ''), split_part(email, '@', 1), 'My') || '''s workspace', 100),
           'workspace-' || identification_number, id, identification_number, created_at
      from public.users left join private.long_names on user_id = id;
drop table private.long_names;
insert into public.workspace_members (workspace_id, user_id, role, joined_at)
    select id, owner_id, 'owner', created_at from public.workspaces;
alter table public.users alter column created_at drop default, drop column full_name;

grant select on public.users, public.profiles, public.workspaces, public.workspace_members to raptorflow_definer;
grant insert on public.users, public.profiles, public.workspaces, public.workspace_members, public.invitations
    to raptorflow_definer;
grant select, update on public.invitations, public.workspace_members, public.workspaces to raptorflow_definer;
grant select, insert, update on auth.users, auth.sessions to raptorflow_definer;
grant select, insert, delete on auth.login_failures to raptorflow_definer;
grant usage on sequence public.user_id_seq to raptorflow_definer;

set local role raptorflow_definer;

create function private.workspaces_of_caller() returns setof uuid
language sql stable security definer set search_path = '' as $$
    select workspace_id from public.workspace_members where user_id = auth.uid() and is_active
$$;

create function private.rank(p_role text) returns integer
language sql immutable set search_path = '' as
$$ select case p_role when 'owner' then 3 when 'admin' then 2 when 'member' then 1 else 0 end $$;

create function private.workspaces_where_caller_is(p_least text) returns setof uuid
language sql stable security definer set search_path = '' as $$
    select workspace_id from public.workspace_members
     where user_id = auth.uid() and is_active and private.rank(role) >= private.rank(p_least)
$$;

reset role;
revoke all on all functions in schema private from public;
grant execute on function private.workspaces_of_caller(), private.workspaces_where_caller_is(text) to authenticated;
grant execute on function private.rank(text) to authenticated;

alter table auth.users enable row level security, force row level security;
alter table auth.sessions enable row level security, force row level security;
alter table auth.login_failures enable row level security, force row level security;
alter table public.users enable row level security, force row level security;
alter table public.profiles enable row level security, force row level security;
alter table public.workspaces enable row level security, force row level security;
alter table public.workspace_members enable row level security, force row level security;
alter table public.invitations enable row level security, force row level security;

create policy users_read_self on public.users for select to authenticated using (id = (select auth.uid()));
create policy profiles_read_own on public.profiles for select to authenticated using (user_id = (select auth.uid()));
create policy profiles_change_own on public.profiles for update to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy workspaces_read on public.workspaces for select to authenticated
    using (id in (select private.workspaces_of_caller()));
create policy workspace_members_read on public.workspace_members for select to authenticated
    using (workspace_id in (select private.workspaces_of_caller()));
create policy invitations_read on public.invitations for select to authenticated
    using (workspace_id in (select private.workspaces_where_caller_is('admin')));

grant select on public.users, public.profiles, public.workspaces, public.workspace_members, public.invitations
    to authenticated;
grant update (full_name, company, phone, updated_at) on public.profiles to authenticated;
