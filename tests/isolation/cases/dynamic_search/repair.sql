create or replace function public.search_notes(q text) returns setof public.notes language plpgsql stable
security definer set search_path = '' as $$
begin
    return query execute 'select * from public.notes where user_id = auth.uid() and body like $1' using '%' || q || '%';
end $$;
