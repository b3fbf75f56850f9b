revoke update on public.orgs from anon, authenticated;
grant update (name) on public.orgs to authenticated;
