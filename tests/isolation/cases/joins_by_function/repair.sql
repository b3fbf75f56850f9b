revoke execute on function public.join_team(uuid) from public, anon, authenticated;
