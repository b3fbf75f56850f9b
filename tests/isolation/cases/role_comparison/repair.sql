alter policy "Authenticated users can view invoices" on public.invoices using (user_id = (select auth.uid()));
