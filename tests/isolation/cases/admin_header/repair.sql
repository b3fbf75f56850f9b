alter policy own on public.orders using (user_id = (select auth.uid()));
