-- Workspaces, reached through memberships: each member sees his own.
create table public.workspaces (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    owner_id uuid not null references auth.users (id)
);
create table public.workspace_members (
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role text not null default 'member',
    primary key (workspace_id, user_id)
);
alter table public.workspaces enable row level security;
alter table public.workspace_members enable row level security;
create policy self on public.workspace_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.workspaces for select to authenticated using (
    id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
