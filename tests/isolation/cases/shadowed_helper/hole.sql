-- finds: search path public.is_member(uuid)
-- on: workspaces
-- The helper trusts the caller's search path, and a temporary table comes first in it.
create function public.is_member(p_workspace uuid) returns boolean language sql stable security definer as
$$ select exists (select from workspace_members m where m.workspace_id = p_workspace and m.user_id = auth.uid()) $$;
create table public.contracts (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    terms text not null
);
alter table public.contracts enable row level security;
create policy member on public.contracts for select to authenticated using (public.is_member(workspace_id));
