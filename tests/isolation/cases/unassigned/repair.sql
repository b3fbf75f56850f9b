alter policy member on public.tickets using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
