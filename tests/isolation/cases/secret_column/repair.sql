revoke select on public.api_keys from anon, authenticated;
grant select (id, workspace_id, label) on public.api_keys to authenticated;
