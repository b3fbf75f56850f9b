alter policy tenant on public.orders using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
