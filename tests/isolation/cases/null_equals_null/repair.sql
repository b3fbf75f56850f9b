alter policy own on public.leads using (owner_id = (select auth.uid()));
