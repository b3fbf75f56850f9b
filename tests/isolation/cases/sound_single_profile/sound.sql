-- Policies read the caller's tenant as one value: each user is employed once, which nothing but custom enforces.
create table public.companies (id uuid primary key default gen_random_uuid(), name text);
create table public.employees (
    id uuid primary key default gen_random_uuid(),
    company_id uuid not null references public.companies (id) on delete cascade,
    user_id uuid references auth.users (id) on delete set null,
    status text not null default 'active' check (status in ('active', 'inactive'))
);
create table public.reports (
    id uuid primary key default gen_random_uuid(),
    company_id uuid not null references public.companies (id) on delete cascade,
    body text
);
alter table public.companies enable row level security;
alter table public.employees enable row level security;
alter table public.reports enable row level security;
create policy mine on public.employees for select to authenticated
    using (user_id = (select auth.uid()) and status = 'active');
create policy mine on public.companies for select to authenticated
    using (id = (select e.company_id from public.employees e where e.user_id = auth.uid()));
create policy mine on public.reports to authenticated
    using (company_id = (select e.company_id from public.employees e where e.user_id = auth.uid()))
    with check (company_id = (select e.company_id from public.employees e where e.user_id = auth.uid()));
revoke insert, update, delete on public.companies, public.employees from anon, authenticated;
