-- finds: large object pg_catalog.pg_largeobject
-- Row security guards the rows that name large objects, and nothing the objects themselves.
create table public.scans (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    content oid not null
);
alter table public.scans enable row level security;
create policy own on public.scans for select to authenticated using (user_id = (select auth.uid()));
grant select on pg_catalog.pg_largeobject to authenticated;
