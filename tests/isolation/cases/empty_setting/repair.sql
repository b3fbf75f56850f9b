alter policy org on public.audit_entries using (org = nullif(current_setting('app.org', true), ''));
