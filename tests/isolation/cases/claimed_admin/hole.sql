-- finds: read public.salaries
-- The role is read from what the user may write about himself.
create table public.salaries (
    id uuid primary key default gen_random_uuid(),
    employee_id uuid not null references auth.users (id),
    amount numeric(12, 2) not null,
    remark text
);
alter table public.salaries enable row level security;
create policy own on public.salaries for select to authenticated using (employee_id = (select auth.uid()));
create policy admin on public.salaries to authenticated
    using ((auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');
