-- finds: read public.tickets
-- on: workspaces
-- What nobody took is everybody's to take, of whichever workspace.
create table public.tickets (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    assignee_id uuid references auth.users (id),
    subject text not null
);
alter table public.tickets enable row level security;
create policy member on public.tickets for select to authenticated using (assignee_id is null or
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
