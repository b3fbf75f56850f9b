revoke all on public.remote_orders from anon, authenticated;
