drop policy append on public.audit_log;
