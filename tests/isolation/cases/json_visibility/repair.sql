alter policy own on public.boards using (owner_id = (select auth.uid()));
