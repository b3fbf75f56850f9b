alter function public.is_member(uuid) set search_path = 'public', 'pg_temp';
