-- finds: write public.templates
-- on: workspaces
-- A public template is everybody's to read; the same condition lets everybody change it.
create table public.templates (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    is_public boolean not null default false
);
alter table public.templates enable row level security;
create policy template on public.templates to authenticated using (is_public or
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
