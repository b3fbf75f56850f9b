alter policy member on public.documents using (exists (
    select from public.workspace_members m where m.user_id = (select auth.uid()) and m.workspace_id = documents.workspace_id));
