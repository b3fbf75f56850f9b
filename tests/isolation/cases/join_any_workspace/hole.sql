-- finds: two steps public.workspace_members
-- on: workspaces
-- Whoever may add himself may join.
create table public.secrets (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    value text not null
);
alter table public.secrets enable row level security;
create policy member on public.secrets for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy join_self on public.workspace_members for insert to authenticated with check (user_id = (select auth.uid()));
