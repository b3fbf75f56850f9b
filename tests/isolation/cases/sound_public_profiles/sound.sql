-- Profiles are public by intent; each changes his own, and never which it is.
create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    username text not null unique check (length(username) between 3 and 30),
    bio text
);
alter table public.profiles enable row level security;
create policy everybody on public.profiles for select using (true);
create policy own_insert on public.profiles for insert to authenticated with check ((select auth.uid()) = id);
create policy own_update on public.profiles for update to authenticated using ((select auth.uid()) = id);
