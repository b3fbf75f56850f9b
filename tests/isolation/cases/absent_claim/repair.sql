alter policy tenant on public.assets using (workspace_id::text = auth.jwt() -> 'app_metadata' ->> 'workspace_id');
