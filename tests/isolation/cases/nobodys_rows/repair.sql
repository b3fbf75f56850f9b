alter policy own on public.drafts using (user_id = (select auth.uid()));
