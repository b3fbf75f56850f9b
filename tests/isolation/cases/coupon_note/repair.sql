create or replace function public.note_of(p_code text) returns text language sql stable security definer
set search_path = '' as $$ select c.note from public.coupons c where c.code = p_code and c.user_id = auth.uid() $$;
