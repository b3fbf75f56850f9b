revoke insert on public.accounts from anon, authenticated;
grant insert (id, display_name) on public.accounts to authenticated;
