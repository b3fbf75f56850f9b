alter policy hanging on public.attachments using (user_id = (select auth.uid())
    or case hangs_on when 'post' then hangs_on_id in (select p.id from public.posts p) else false end);
