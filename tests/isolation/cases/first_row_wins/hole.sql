-- finds: read public.letters
-- on: workspaces
-- A scalar sub-select over what the caller does not filter.
create table public.letters (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    body text not null
);
create function app.workspace_exists(p_workspace uuid) returns boolean
language sql stable security definer set search_path = '' as
$$ select exists (select from public.workspace_members m where m.workspace_id = p_workspace) $$;
alter table public.letters enable row level security;
create policy member on public.letters for select to authenticated using (app.workspace_exists(workspace_id));
