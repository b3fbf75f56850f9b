-- finds: two steps public.support_sessions
-- on: workspaces
-- A support session opens a workspace, and anybody can begin one.
create table public.support_sessions (
    id uuid primary key default gen_random_uuid(),
    agent_id uuid not null default auth.uid() references auth.users (id),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    reason text not null
);
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    body text not null
);
alter table public.support_sessions enable row level security;
alter table public.notes enable row level security;
create policy own on public.support_sessions to authenticated
    using (agent_id = (select auth.uid())) with check (agent_id = (select auth.uid()));
create policy member on public.notes for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid()))
    or workspace_id in (select s.workspace_id from public.support_sessions s where s.agent_id = (select auth.uid())));
