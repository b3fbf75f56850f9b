create or replace function public.update_profile(user_id uuid, new_name text) returns void language plpgsql
security definer set search_path = '' as $$
begin
    if user_id is distinct from auth.uid() then
        raise exception 'not yours' using errcode = '42501';
    end if;
    update public.profiles set display_name = new_name where id = user_id;
end $$;
