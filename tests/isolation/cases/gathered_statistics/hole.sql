-- finds: view public.column_statistics
-- What the planner has gathered holds values of everybody's rows.
create table public.patients (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    diagnosis text not null
);
alter table public.patients enable row level security;
create policy own on public.patients for select to authenticated using (user_id = (select auth.uid()));
create view public.column_statistics as
    select starelid::regclass::text as relation, staattnum, stavalues1::text, stavalues2::text
    from pg_statistic where starelid = 'public.patients'::regclass;
