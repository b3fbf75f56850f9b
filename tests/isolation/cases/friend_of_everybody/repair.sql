alter policy ask on public.friendships with check (asked_by = (select auth.uid()) and status = 'pending');
