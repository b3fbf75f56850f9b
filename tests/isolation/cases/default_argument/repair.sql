create or replace function public.my_orders(p_customer uuid default auth.uid()) returns setof public.orders
language sql stable security definer set search_path = '' as
$$ select o.* from public.orders o where o.customer_id = auth.uid() $$;
