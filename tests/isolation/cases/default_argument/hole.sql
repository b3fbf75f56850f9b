-- finds: routine public.my_orders(uuid)
-- The default is the caller; the caller may say another.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    customer_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (customer_id = (select auth.uid()));
create function public.my_orders(p_customer uuid default auth.uid()) returns setof public.orders
language sql stable security definer set search_path = '' as
$$ select o.* from public.orders o where o.customer_id = p_customer $$;
