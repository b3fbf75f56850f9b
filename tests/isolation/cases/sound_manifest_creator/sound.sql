-- on: workspaces
-- Members read, and whoever created it; adding binds both.
create table public.manifests (
    id bigint generated always as identity primary key,
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    created_by uuid not null references auth.users (id),
    body jsonb not null default '{}'
);
alter table public.manifests enable row level security;
create policy member on public.manifests for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy creator on public.manifests for select to authenticated using (created_by = (select auth.uid()));
create policy add on public.manifests for insert to authenticated with check (created_by = (select auth.uid()) and
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
