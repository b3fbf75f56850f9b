alter policy own on public.shops using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
