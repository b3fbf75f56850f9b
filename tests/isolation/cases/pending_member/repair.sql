alter policy member on public.channels using (org_id in (
    select m.org_id from public.org_members m where m.user_id = (select auth.uid()) and m.status = 'active'));
