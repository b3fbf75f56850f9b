-- finds: foreign table public.legacy_customers
-- Row security does not reach what another server stores.
create extension file_fdw;
create server legacy foreign data wrapper file_fdw;
create table public.customers (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    phone text
);
alter table public.customers enable row level security;
create policy own on public.customers for select to authenticated using (user_id = (select auth.uid()));
create foreign table public.legacy_customers (user_id uuid, phone text)
    server legacy options (program 'echo 00000000-0000-4000-8000-00000000000a,12345', format 'csv');
