alter policy own on public.projects using (owner_id = (select auth.uid()));
