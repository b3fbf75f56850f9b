-- finds: large object pg_catalog.pg_largeobject
-- A setting from before large objects had owners: everybody reads every one.
create table public.scans (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    content oid not null
);
alter table public.scans enable row level security;
create policy own on public.scans for select to authenticated using (user_id = (select auth.uid()));
do $$ begin execute format('alter database %I set lo_compat_privileges = on', current_database()); end $$;
