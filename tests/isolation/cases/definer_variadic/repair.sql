create or replace function public.names_of(variadic p_people uuid[]) returns text language sql stable security definer
set search_path = '' as $$ select string_agg(p.full_name, ', ') from public.people p
    where p.id = any (p_people) and p.user_id = auth.uid() $$;
