-- finds: read public.shipments
-- The tenant is a part of every key, and the policy asks for the other part.
create table public.companies (code text primary key check (code ~ '^[A-Z]{3}$'), name text not null);
create table public.company_users (
    company_code text not null references public.companies (code),
    user_id uuid not null references auth.users (id),
    primary key (company_code, user_id)
);
create table public.shipments (
    company_code text not null references public.companies (code),
    number integer not null,
    destination text not null,
    primary key (company_code, number)
);
alter table public.companies enable row level security;
alter table public.company_users enable row level security;
alter table public.shipments enable row level security;
create policy self on public.company_users for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.companies for select to authenticated using (
    code in (select u.company_code from public.company_users u where u.user_id = (select auth.uid())));
create policy member on public.shipments for select to authenticated using (exists (
    select from public.company_users u where u.user_id = (select auth.uid()) and company_code = u.company_code));
