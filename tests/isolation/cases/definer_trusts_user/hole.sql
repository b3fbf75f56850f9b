-- finds: routine public.update_profile(uuid, text)
-- Whose profile it is, the caller says.
create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text not null
);
alter table public.profiles enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create function public.update_profile(user_id uuid, new_name text) returns void language plpgsql security definer
set search_path = '' as $$
begin
    update public.profiles set display_name = new_name where id = user_id;
end $$;
