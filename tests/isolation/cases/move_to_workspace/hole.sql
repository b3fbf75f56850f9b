-- finds: write public.tasks
-- on: workspaces
-- UPDATE's USING binds the assignee and not the workspace, so a task can be moved into any.
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    assignee_id uuid not null references auth.users (id),
    title text not null
);
alter table public.tasks enable row level security;
create policy read on public.tasks for select to authenticated using (assignee_id = (select auth.uid()) or
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy change on public.tasks for update to authenticated using (assignee_id = (select auth.uid()));
