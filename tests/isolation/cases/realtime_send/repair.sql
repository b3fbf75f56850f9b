alter policy send on realtime.messages with check (
    topic in (select 'workspace:' || m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
