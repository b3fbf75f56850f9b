create policy own on public.preferences to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
