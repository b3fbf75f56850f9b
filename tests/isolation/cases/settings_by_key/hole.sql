-- finds: routine public.save_setting(text, text)
-- The upsert's key is the name alone, so one tenant's setting overwrites another's.
create table public.settings (
    name text primary key,
    user_id uuid not null references auth.users (id),
    value text not null
);
alter table public.settings enable row level security;
create policy own on public.settings for select to authenticated using (user_id = (select auth.uid()));
create function public.save_setting(p_name text, p_value text) returns void language sql security definer
set search_path = '' as $$
    insert into public.settings (name, user_id, value) values (p_name, auth.uid(), p_value)
    on conflict (name) do update set value = excluded.value
$$;
