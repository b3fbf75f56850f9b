-- finds: two steps public.tasks
-- A task may name anybody's project, and the overview shows the project's name.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null,
    unique (user_id, id)
);
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    project_id uuid not null references public.projects (id),
    title text not null
);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.tasks to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create view public.task_overview with (security_barrier) as
    select t.id, t.user_id, t.title, p.name as project from public.tasks t join public.projects p on p.id = t.project_id
    where t.user_id = auth.uid();
revoke insert, update, delete on public.task_overview from anon, authenticated;
