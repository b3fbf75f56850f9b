alter table public.settings drop constraint settings_pkey, add primary key (user_id, name);
create or replace function public.save_setting(p_name text, p_value text) returns void language sql security definer
set search_path = '' as $$
    insert into public.settings (name, user_id, value) values (p_name, auth.uid(), p_value)
    on conflict (user_id, name) do update set value = excluded.value
$$;
