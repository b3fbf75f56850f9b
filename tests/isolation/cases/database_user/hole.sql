-- finds: read public.jobs
-- Behind the API everybody is the same database user.
create table public.jobs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    db_user name not null default current_user,
    payload text not null
);
alter table public.jobs enable row level security;
create policy own on public.jobs for select to authenticated using (db_user = current_user);
