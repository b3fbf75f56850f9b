revoke all on public.legacy_customers from anon, authenticated;
