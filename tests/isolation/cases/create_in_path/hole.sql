-- finds: search path app.may_read(uuid)
-- The helper looks in a schema where the application may create, and finds what was put there first.
create table public.reports (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
create schema helpers;
create schema plugins;
grant usage on schema helpers, plugins to authenticated;
grant create on schema plugins to authenticated;
create function helpers.owns(owner uuid) returns boolean language sql stable set search_path = '' as
$$ select owner = auth.uid() $$;
create function app.may_read(owner uuid) returns boolean
language plpgsql stable security definer set search_path = plugins, helpers, pg_temp as
$$ begin return owns(owner); end $$;
alter table public.reports enable row level security;
create policy own on public.reports for select to authenticated using (app.may_read(user_id));
