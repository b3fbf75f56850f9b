-- on: workspaces
-- Accepting asks for the token and for the address that was invited.
create table public.invitations (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    email text not null,
    token uuid not null unique default gen_random_uuid(),
    accepted_at timestamptz
);
alter table public.invitations enable row level security;
create policy member on public.invitations for select to authenticated using (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create function public.accept_invitation(p_token uuid) returns uuid language plpgsql security definer
set search_path = '' as $$
declare joined uuid;
begin
    update public.invitations set accepted_at = now()
        where token = p_token and accepted_at is null and lower(email) = lower(auth.jwt() ->> 'email')
        returning workspace_id into joined;
    if joined is null then
        raise exception 'invalid invitation' using errcode = '22023';
    end if;
    insert into public.workspace_members (workspace_id, user_id) values (joined, auth.uid()) on conflict do nothing;
    return joined;
end $$;
revoke execute on function public.accept_invitation(uuid) from public, anon;
