alter policy change on public.wallets using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
