create or replace view public.all_letters with (security_barrier) as
    select id, body from public.letters where user_id = auth.uid()
    union all select id, body from public.old_letters where user_id = auth.uid();
