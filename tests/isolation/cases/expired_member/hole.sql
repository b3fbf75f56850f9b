-- finds: read public.files
-- Access was given until a date that no policy reads.
create table public.projects (id uuid primary key default gen_random_uuid(), name text not null);
create table public.project_members (
    project_id uuid not null references public.projects (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    expires_at timestamptz not null default now() + interval '30 days',
    primary key (project_id, user_id)
);
create table public.files (
    id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects (id) on delete cascade,
    path text not null
);
alter table public.projects enable row level security;
alter table public.project_members enable row level security;
alter table public.files enable row level security;
create policy self on public.project_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.projects for select to authenticated using (id in (
    select m.project_id from public.project_members m where m.user_id = (select auth.uid()) and m.expires_at > now()));
create policy member on public.files for select to authenticated using (project_id in (
    select m.project_id from public.project_members m where m.user_id = (select auth.uid())));
