-- pg_stats shows each caller the statistics of what he may read, and nothing where row security is active.
create table public.patients (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    diagnosis text not null
);
alter table public.patients enable row level security;
create policy own on public.patients for select to authenticated using (user_id = (select auth.uid()));
create view public.column_statistics as
    select tablename, attname, most_common_vals::text, histogram_bounds::text from pg_stats where schemaname = 'public';
create view public.my_sessions as select pid, state, query from pg_stat_activity where datname = current_database();
