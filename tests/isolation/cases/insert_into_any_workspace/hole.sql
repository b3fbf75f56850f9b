-- finds: write public.documents
-- on: workspaces
-- The author must be the caller, the workspace may be anybody's.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    created_by uuid not null references auth.users (id),
    title text not null
);
alter table public.documents enable row level security;
create policy read on public.documents for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy add on public.documents for insert to authenticated with check (created_by = (select auth.uid()));
