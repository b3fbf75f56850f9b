-- finds: routine public.list_orders(text)
-- ORDER BY is spliced in, and a condition goes along with it.
create table public.orders (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    item text not null
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid()));
create function public.list_orders(sort_by text default 'id') returns setof public.orders language plpgsql stable
security definer set search_path = '' as $$
begin
    return query execute format('select * from public.orders where user_id = auth.uid() order by %s', sort_by);
end $$;
