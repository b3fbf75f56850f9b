alter policy tenant on public.orders using (tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant_id')::uuid);
