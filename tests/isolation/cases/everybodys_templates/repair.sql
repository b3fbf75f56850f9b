alter policy add on public.templates with check (user_id = (select auth.uid()));
