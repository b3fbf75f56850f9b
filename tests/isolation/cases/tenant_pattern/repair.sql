alter policy own on public.pages using (tenant = (auth.jwt() -> 'app_metadata' ->> 'tenant'));
