alter policy org on public.files
    using (org_id = (current_setting('request.jwt.claims', true)::jsonb #>> '{app_metadata,org_id}')::uuid);
