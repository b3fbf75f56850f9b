-- finds: read public.scripts
create table public.scripts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null,
    code text not null
);
alter table public.scripts enable row level security;
create policy own on public.scripts for select using (user_id = (select auth.uid()) or name like 'demo-%');
