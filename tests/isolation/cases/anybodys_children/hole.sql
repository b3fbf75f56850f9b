-- finds: read public.order_lines
-- The parent is bound, the child is found by itself.
create table public.orders (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id)
);
create table public.order_lines (
    order_id bigint not null references public.orders (id) on delete cascade,
    line integer not null,
    item text not null,
    primary key (order_id, line)
);
alter table public.orders enable row level security;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid()));
