-- finds: locked out billing.invoices
-- Policies without a grant let nobody in.
create schema billing;
grant usage on schema billing to authenticated;
create table billing.invoices (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    total numeric not null
);
alter table billing.invoices enable row level security;
create policy own on billing.invoices for select to authenticated using (user_id = (select auth.uid()));
