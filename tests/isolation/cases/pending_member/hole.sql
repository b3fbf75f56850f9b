-- finds: read public.channels
-- Who was only invited reads already.
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create type public.membership_status as enum ('invited', 'active', 'suspended');
create table public.org_members (
    id bigint generated always as identity primary key,
    org_id uuid not null references public.orgs (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    status public.membership_status not null default 'invited',
    unique (org_id, user_id)
);
create table public.channels (
    id uuid primary key default gen_random_uuid(),
    org_id uuid not null references public.orgs (id) on delete cascade,
    name text not null
);
alter table public.orgs enable row level security;
alter table public.org_members enable row level security;
alter table public.channels enable row level security;
create policy self on public.org_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.orgs for select to authenticated using (id in (
    select m.org_id from public.org_members m where m.user_id = (select auth.uid()) and m.status = 'active'));
create policy member on public.channels for select to authenticated using (org_id in (
    select m.org_id from public.org_members m where m.user_id = (select auth.uid()) and m.status <> 'suspended'));
