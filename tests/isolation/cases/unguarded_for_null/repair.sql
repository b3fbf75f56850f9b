create or replace function public.export_user_data(p_user uuid) returns setof public.journal language plpgsql stable
security definer set search_path = '' as $$
begin
    if p_user is distinct from auth.uid() then
        raise exception 'forbidden' using errcode = '42501';
    end if;
    return query select j.* from public.journal j where j.user_id = p_user;
end $$;
