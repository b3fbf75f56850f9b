create or replace function public.accept_invitation(p_invitation uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.workspace_members (workspace_id, user_id, role)
        select i.workspace_id, auth.uid(), i.role from public.invitations i
        where i.id = p_invitation and i.accepted_at is null and lower(i.email) = lower(auth.jwt() ->> 'email')
        on conflict do nothing;
    update public.invitations set accepted_at = now()
        where id = p_invitation and lower(email) = lower(auth.jwt() ->> 'email');
end $$;
