alter policy receive on realtime.messages using (
    topic in (select 'workspace:' || m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
