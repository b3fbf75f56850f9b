-- finds: routine public.get_invoice(text)
-- Of two functions of one name one was closed.
create table public.invoices (
    id uuid primary key default gen_random_uuid(),
    number text not null,
    user_id uuid not null references auth.users (id),
    total integer not null,
    unique (user_id, number)
);
alter table public.invoices enable row level security;
create policy own on public.invoices for select to authenticated using (user_id = (select auth.uid()));
create function public.get_invoice(p_id uuid) returns setof public.invoices language sql stable security definer
set search_path = '' as $$ select i.* from public.invoices i where i.id = p_id $$;
create function public.get_invoice(p_number text) returns setof public.invoices language sql stable security definer
set search_path = '' as $$ select i.* from public.invoices i where i.number = p_number $$;
revoke execute on function public.get_invoice(uuid) from public, anon, authenticated;
