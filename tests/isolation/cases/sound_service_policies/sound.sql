-- The service may do all, by a policy that names it; everybody else his own.
create table public.jobs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    payload text not null
);
alter table public.jobs enable row level security;
create policy service on public.jobs to service_role using (true) with check (true);
create policy own on public.jobs for select to authenticated using (user_id = (select auth.uid()));
grant all on public.jobs to service_role;
