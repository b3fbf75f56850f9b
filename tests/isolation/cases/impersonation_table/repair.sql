revoke insert, update on public.support_sessions from anon, authenticated;
