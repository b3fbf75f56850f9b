-- finds: read public.invoices
-- Being signed in is taken for being the owner.
create table public.invoices (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    amount_cents integer not null check (amount_cents > 0),
    memo text
);
alter table public.invoices enable row level security;
create policy "Authenticated users can view invoices" on public.invoices for select
    using (auth.role() = 'authenticated');
