-- finds: locked out public.projects
-- Two policies that ask each other.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    name text not null
);
create table public.collaborators (
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    primary key (project_id, user_id)
);
alter table public.projects enable row level security;
alter table public.collaborators enable row level security;
create policy own on public.projects for select to authenticated using (owner_id = (select auth.uid()) or id in (
    select c.project_id from public.collaborators c where c.user_id = (select auth.uid())));
create policy own on public.collaborators for select to authenticated using (project_id in (
    select p.id from public.projects p where p.owner_id = (select auth.uid())));
