alter policy member on public.subtasks using (exists (
    select from public.projects p join public.workspace_members m on m.workspace_id = p.workspace_id
    where m.user_id = (select auth.uid()) and p.id = subtasks.project_id));
