drop policy posts on public.posts;
create policy posts on public.posts for select to authenticated using (true);
create policy own on public.posts to authenticated
    using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()));
