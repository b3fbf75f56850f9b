-- finds: two steps public.workspace_members
-- on: workspaces
-- The row is one's own before and after; the workspace that it names is not bound.
create table public.deals (
    id bigint generated always as identity primary key,
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    customer text not null
);
alter table public.deals enable row level security;
create policy member on public.deals for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy own on public.workspace_members for update to authenticated using (user_id = (select auth.uid()));
