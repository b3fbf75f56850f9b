-- finds: routine app.set_workspace(uuid)
-- on: workspaces
-- The request says which workspace it is for, and nobody asks whether it may.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    item text not null
);
create function app.set_workspace(p_workspace uuid) returns void language plpgsql security definer
set search_path = '' as $$
begin
    perform set_config('app.workspace_id', p_workspace::text, true);
end $$;
alter table public.orders enable row level security;
create policy tenant on public.orders for select to authenticated
    using (workspace_id = (select nullif(current_setting('app.workspace_id', true), '')::uuid));
