alter policy own on public.widgets using (owner_id = (select auth.uid()));
