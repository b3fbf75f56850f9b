alter policy member on public.plans_of_team using (team_id in (
    select m.team_id from public.team_members m
    where m.user_id = (select auth.uid()) and m.accepted and m.left_at is null));
