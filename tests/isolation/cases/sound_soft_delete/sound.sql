-- on: workspaces
-- What was deleted is hidden from its own tenant as well, and stays the tenant's.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    title text not null,
    deleted_at timestamptz
);
alter table public.boards enable row level security;
create policy own on public.boards to authenticated
    using (deleted_at is null and workspace_id in (
        select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (workspace_id in (
        select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
