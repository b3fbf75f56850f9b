alter policy own on public.scripts using (user_id = (select auth.uid()));
