alter policy reads on public.contracts using (user_id = (select auth.uid()));
