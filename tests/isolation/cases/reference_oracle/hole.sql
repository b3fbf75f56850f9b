-- finds: existence oracle public.tasks
-- A reference is checked past row security: whether it is refused tells which codes other tenants have.
create table public.projects (
    code text primary key,
    user_id uuid not null references auth.users (id),
    unique (user_id, code)
);
create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    project_code text references public.projects (code),
    body text
);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects for select to authenticated using (user_id = auth.uid());
create policy own on public.tasks to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant select on public.projects to authenticated;
grant select, insert on public.tasks to authenticated;
