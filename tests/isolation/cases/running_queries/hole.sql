-- finds: routine public.running_queries()
-- The statements of other sessions carry what they look for.
create table public.searches (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    term text not null
);
alter table public.searches enable row level security;
create policy own on public.searches to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.running_queries() returns table (pid integer, query text)
language sql stable security definer set search_path = '' as $$
    select a.pid, a.query from pg_catalog.pg_stat_activity a where a.datname = current_database() $$;
revoke all on function public.running_queries() from public, anon;
