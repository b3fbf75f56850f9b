-- finds: read public.subtasks
-- on: workspaces
-- Of three hops the first is missing: the task's project is not asked for.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null
);
create table public.subtasks (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    title text not null
);
alter table public.projects enable row level security;
alter table public.subtasks enable row level security;
create policy member on public.projects for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy member on public.subtasks for select to authenticated using (exists (
    select from public.projects p join public.workspace_members m on m.workspace_id = p.workspace_id
    where m.user_id = (select auth.uid()) and p.id = project_id or p.id is null) or exists (
    select from public.workspace_members m where m.user_id = (select auth.uid()) and project_id = project_id));
