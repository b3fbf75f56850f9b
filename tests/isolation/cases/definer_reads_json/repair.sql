create or replace function public.order_details(payload jsonb) returns jsonb language sql stable security definer
set search_path = '' as
$$ select to_jsonb(o) from public.orders o where o.id = (payload ->> 'order_id')::uuid and o.user_id = auth.uid() $$;
