revoke update on public.workspace_members from anon, authenticated;
