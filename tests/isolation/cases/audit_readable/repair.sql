drop policy read on public.audit_log;
