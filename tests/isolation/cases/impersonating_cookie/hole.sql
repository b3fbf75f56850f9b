-- finds: read public.orders
-- A cookie is the client's.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid())
    or user_id::text = current_setting('request.cookie.impersonate', true));
