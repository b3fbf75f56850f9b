drop policy bound on public.notes;
create policy bound on public.notes as restrictive to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
