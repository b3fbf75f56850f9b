create or replace function public.list_orders(sort_by text default 'id') returns setof public.orders
language plpgsql stable security definer set search_path = '' as $$
begin
    return query execute format('select * from public.orders where user_id = auth.uid() order by %I', sort_by);
end $$;
