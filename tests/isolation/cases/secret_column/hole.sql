-- finds: read public.api_keys
-- on: workspaces
-- Members may list their keys, and the secret comes along.
create table public.api_keys (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    label text not null,
    secret_hash text not null
);
alter table public.api_keys enable row level security;
create policy member on public.api_keys for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
