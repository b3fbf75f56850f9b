create or replace function public.rename_project(p_project uuid, p_name text) returns void language plpgsql
security definer set search_path = '' as $$
begin
    update public.projects set name = p_name where id = p_project and user_id = auth.uid();
    if not found then
        raise exception 'no such project' using errcode = '42501';
    end if;
end $$;
