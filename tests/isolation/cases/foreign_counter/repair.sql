alter policy own on public.votes with check (user_id = (select auth.uid()) and
    exists (select from public.polls p where p.id = votes.poll_id));
