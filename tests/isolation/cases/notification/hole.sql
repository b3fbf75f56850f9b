-- finds: notification orders
-- The trigger sends the whole row to a channel that everybody may listen to.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    address text not null,
    revision integer not null default 0
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = auth.uid());
grant select on public.orders to authenticated;
create function public.tell_order() returns trigger language plpgsql set search_path = '' as $$
begin
    perform pg_notify('orders', to_jsonb(new)::text);
    return null;
end $$;
revoke all on function public.tell_order() from public;
create trigger orders_tell after update on public.orders
    for each row when (old.revision is distinct from new.revision) execute function public.tell_order();
