revoke select on public.profiles from anon, authenticated;
grant select (id, display_name) on public.profiles to authenticated;
