-- finds: foreign table public.remote_orders
-- The other server is asked as one user for everybody, and its rows have no policy here.
create extension postgres_fdw;
create server warehouse foreign data wrapper postgres_fdw options (host '127.0.0.1', port '9', dbname 'warehouse');
create user mapping for public server warehouse options (user 'reader', password 'reader');
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid()));
create foreign table public.remote_orders (user_id uuid, item text) server warehouse;
