-- A parent organization reads what is its children's, and only the service says who is whose child.
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
create function app.reached_orgs() returns setof uuid language sql stable security definer set search_path = '' as $$
    with recursive reached as (
        select m.org_id from public.org_members m where m.user_id = auth.uid()
        union select o.id from public.orgs o join reached r on o.parent_id = r.org_id
    ) select org_id from reached $$;
alter table public.orgs enable row level security;
alter table public.org_members enable row level security;
alter table public.files enable row level security;
create policy own on public.org_members for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.orgs for select to authenticated using (id in (select app.reached_orgs()));
create policy own on public.files to authenticated
    using (org_id in (select app.reached_orgs())) with check (org_id in (select app.reached_orgs()));
