alter policy tenant on public.reports using (tenant_id::text = auth.jwt() -> 'app_metadata' ->> 'tenant_id');
