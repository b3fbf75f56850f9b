alter policy change on public.tasks with check (assignee_id = (select auth.uid()) and
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
