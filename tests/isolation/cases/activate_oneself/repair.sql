alter policy change on public.seats with check (user_id = (select auth.uid()) and status = 'left');
