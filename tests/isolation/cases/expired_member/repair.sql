alter policy member on public.files using (project_id in (
    select m.project_id from public.project_members m where m.user_id = (select auth.uid()) and m.expires_at > now()));
