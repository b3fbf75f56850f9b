alter table public.order_lines enable row level security;
create policy own on public.order_lines for select to authenticated using (
    order_id in (select o.id from public.orders o where o.user_id = (select auth.uid())));
