-- finds: read public.documents
-- on: workspaces
-- The caller is a member, of whichever workspace.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    title text not null,
    body text
);
alter table public.documents enable row level security;
create policy member on public.documents for select to authenticated using (
    exists (select from public.workspace_members m where m.user_id = (select auth.uid())));
