-- Public groups may be joined by intent of the policy; private ones may not.
create table public.groups (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    is_private boolean not null default true,
    name text not null
);
alter table public.groups enable row level security;
create policy read on public.groups for select to authenticated using (not is_private or owner_id = (select auth.uid()));
create policy own on public.groups to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
