create or replace view public.current_orders with (security_barrier) as
    select * from public.orders where user_id = auth.uid();
