alter policy own on public.documents using (owner_id = (select auth.uid()));
