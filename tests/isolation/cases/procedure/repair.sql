revoke execute on procedure public.close_account(uuid) from public, anon, authenticated;
