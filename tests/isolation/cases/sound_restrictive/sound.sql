-- on: workspaces
-- A wide permissive policy that a restrictive one bounds for every command.
create table public.events (
    id bigint generated always as identity primary key,
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    deleted_at timestamptz
);
alter table public.events enable row level security;
create policy signed_in on public.events to authenticated using (true) with check (true);
create policy bound on public.events as restrictive to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy kept on public.events as restrictive for select to authenticated using (deleted_at is null);
