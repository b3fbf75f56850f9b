-- finds: read public.orders
-- A secret that is none.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = (select auth.uid())
    or (current_setting('request.headers', true)::json ->> 'x-internal') = 'yes');
