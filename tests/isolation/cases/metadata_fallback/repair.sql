alter policy own on public.contracts using (tenant_id::text = (auth.jwt() -> 'app_metadata' ->> 'tenant_id'));
