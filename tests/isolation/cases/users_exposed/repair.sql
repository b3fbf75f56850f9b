revoke all on public.user_directory from anon, authenticated;
