alter policy change on public.cards with check (user_id = (select auth.uid()));
