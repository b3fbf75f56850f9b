alter policy own on public.jobs using (db_user = current_user and user_id = (select auth.uid()));
