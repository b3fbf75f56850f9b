-- finds: view public.current_orders
-- The view's tenant is a setting that the caller may set.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create view public.current_orders with (security_barrier) as
    select * from public.orders where user_id::text = current_setting('app.user_id', true);
revoke insert, update, delete on public.current_orders from anon, authenticated;
