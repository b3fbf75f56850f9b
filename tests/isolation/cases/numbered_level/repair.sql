alter policy own on public.reports using (user_id = (select auth.uid()));
