-- finds: write public.projects
-- Whose a project is stands in a list, and whoever is on it may put anybody's team there.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    editors uuid[] not null default '{}',
    body text not null
);
alter table public.projects enable row level security;
create policy own on public.projects to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy edit on public.projects for update to authenticated using (cardinality(editors) >= 0);
