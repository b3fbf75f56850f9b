-- finds: partition or child public.events_other
-- on: workspaces
-- The default partition is reached by its own name.
create table public.events (
    id uuid not null default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    kind text not null,
    payload jsonb not null default '{}',
    primary key (id, kind)
) partition by list (kind);
create table public.events_click partition of public.events for values in ('click');
create table public.events_other partition of public.events default;
alter table public.events enable row level security;
alter table public.events_click enable row level security;
create policy member on public.events for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
