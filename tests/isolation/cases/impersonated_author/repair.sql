alter policy add on public.posts with check (author_id = (select auth.uid()) and
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
