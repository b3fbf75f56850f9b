revoke insert, update, delete on public.accounts from anon, authenticated;
grant update (display_name) on public.accounts to authenticated;
