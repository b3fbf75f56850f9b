-- on: workspaces
-- Names are unique within the workspace, and what is unique over all is random.
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    slug text not null,
    ingest_token text not null unique default md5(random()::text),
    unique (workspace_id, slug)
);
alter table public.projects enable row level security;
revoke insert, update on public.projects from anon, authenticated;
grant insert (workspace_id, slug), update (slug) on public.projects to authenticated;
create policy member on public.projects to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
