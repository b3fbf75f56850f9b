alter policy tenant on public.tickets using (tenant_id::text = current_setting('app.tenant_id', true));
