-- The log is written by a trigger, and read by whom the row was.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
create table public.order_log (
    id bigint generated always as identity primary key,
    user_id uuid not null,
    old_row jsonb,
    new_row jsonb,
    at timestamptz not null default now()
);
create function app.log_order() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.order_log (user_id, old_row, new_row)
        values (coalesce(new.user_id, old.user_id), to_jsonb(old), to_jsonb(new));
    return coalesce(new, old);
end $$;
create trigger log_order after insert or update or delete on public.orders for each row execute function app.log_order();
alter table public.orders enable row level security;
alter table public.order_log enable row level security;
create policy own on public.orders to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.order_log for select to authenticated using (user_id = (select auth.uid()));
revoke insert, update, delete on public.order_log from anon, authenticated;
