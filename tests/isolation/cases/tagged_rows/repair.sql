alter policy own on public.recipes using (user_id = (select auth.uid()));
