-- finds: view public.user_directory
-- The sign-up table seen through a view.
create table public.profiles (id uuid primary key references auth.users (id), display_name text);
alter table public.profiles enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create view public.user_directory as select u.id, u.email, p.display_name from auth.users u left join public.profiles p using (id);
