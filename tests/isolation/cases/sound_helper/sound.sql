-- The helper that all policies share runs as its owner, with an empty search path.
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.memberships (
    org_id uuid not null references public.orgs (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role text not null default 'member' check (role in ('member', 'admin')),
    primary key (org_id, user_id)
);
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references public.orgs (id) on delete cascade,
    name text not null
);
create function app.orgs_of_caller() returns setof uuid language sql stable security definer set search_path = '' as
$$ select m.org_id from public.memberships m where m.user_id = auth.uid() $$;
create function app.is_admin(p_org uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.memberships m where m.org_id = p_org and m.user_id = auth.uid() and m.role = 'admin') $$;
alter table public.orgs enable row level security;
alter table public.memberships enable row level security;
alter table public.projects enable row level security;
create policy member on public.orgs for select to authenticated using (id in (select app.orgs_of_caller()));
create policy colleagues on public.memberships for select to authenticated using (org_id in (select app.orgs_of_caller()));
create policy admins on public.memberships to authenticated using (app.is_admin(org_id)) with check (app.is_admin(org_id));
create policy member on public.projects to authenticated
    using (org_id in (select app.orgs_of_caller())) with check (org_id in (select app.orgs_of_caller()));
