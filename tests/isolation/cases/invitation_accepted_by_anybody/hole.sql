-- finds: routine public.accept_invitation(uuid)
-- on: workspaces
-- Accepting asks for the invitation, not for who was invited.
create table public.invitations (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    email text not null,
    role text not null default 'member',
    accepted_at timestamptz
);
create table public.plans_of_workspace (
    workspace_id uuid primary key references public.workspaces (id) on delete cascade,
    secret_plan text not null
);
alter table public.invitations enable row level security;
alter table public.plans_of_workspace enable row level security;
create policy member on public.invitations for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy member on public.plans_of_workspace for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create function public.accept_invitation(p_invitation uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.workspace_members (workspace_id, user_id, role)
        select i.workspace_id, auth.uid(), i.role from public.invitations i
        where i.id = p_invitation and i.accepted_at is null
        on conflict do nothing;
    update public.invitations set accepted_at = now() where id = p_invitation;
end $$;
revoke execute on function public.accept_invitation(uuid) from public, anon;
