-- finds: sequence public.invoice_numbers
-- Everybody's invoices are numbered by one counter, which each tenant can read and turn back.
create sequence public.invoice_numbers;
create table public.invoices (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    number bigint not null default nextval('public.invoice_numbers')
);
alter table public.invoices enable row level security;
create policy own on public.invoices to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant select, insert on public.invoices to authenticated;
grant all on sequence public.invoice_numbers to authenticated;
