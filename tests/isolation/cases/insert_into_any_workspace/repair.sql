alter policy add on public.documents with check (created_by = (select auth.uid()) and
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
