revoke update on public.team_members from anon, authenticated;
grant update (email_notifications) on public.team_members to authenticated;
