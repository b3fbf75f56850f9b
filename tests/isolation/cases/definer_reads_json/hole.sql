-- finds: routine public.order_details(jsonb)
-- The identifier comes inside of a JSON argument.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    address text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid()));
create function public.order_details(payload jsonb) returns jsonb language sql stable security definer
set search_path = '' as $$ select to_jsonb(o) from public.orders o where o.id = (payload ->> 'order_id')::uuid $$;
