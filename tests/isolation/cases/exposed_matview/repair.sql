revoke all on public.revenue_by_user from anon, authenticated;
