alter policy join_room on public.rooms using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
