-- finds: two steps public.orgs
-- A child organization reads its parent's files, and says itself whose child it is.
create table public.orgs (
    id uuid primary key default gen_random_uuid(),
    parent_id uuid references public.orgs (id),
    name text not null
);
create table public.org_members (
    org_id uuid not null references public.orgs (id),
    user_id uuid not null references auth.users (id),
    primary key (org_id, user_id)
);
create table public.files (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references public.orgs (id),
    body text not null
);
create function app.orgs_of_caller() returns setof uuid language sql stable security definer set search_path = '' as
$$ select m.org_id from public.org_members m where m.user_id = auth.uid() $$;
alter table public.orgs enable row level security;
alter table public.org_members enable row level security;
alter table public.files enable row level security;
create policy own on public.org_members for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.orgs for select to authenticated using (id in (select app.orgs_of_caller()));
create policy change on public.orgs for update to authenticated
    using (id in (select app.orgs_of_caller())) with check (id in (select app.orgs_of_caller()));
create policy own on public.files for select to authenticated using (org_id in (select app.orgs_of_caller())
    or org_id in (select o.parent_id from public.orgs o where o.id in (select app.orgs_of_caller())));
