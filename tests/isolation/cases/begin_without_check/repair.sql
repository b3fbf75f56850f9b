create or replace function app.set_workspace(p_workspace uuid) returns void language plpgsql security definer
set search_path = '' as $$
begin
    if not exists (select from public.workspace_members m where m.workspace_id = p_workspace and m.user_id = auth.uid()) then
        raise exception 'not a member' using errcode = '42501';
    end if;
    perform set_config('app.workspace_id', p_workspace::text, true);
end $$;
