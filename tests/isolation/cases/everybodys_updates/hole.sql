-- finds: write public.profiles
create table public.profiles (
    user_id uuid primary key references auth.users (id) on delete cascade,
    full_name text not null default '',
    avatar_url text
);
alter table public.profiles enable row level security;
create policy "Public profiles are viewable by everyone." on public.profiles for select using (true);
create policy "Users can update own profile." on public.profiles for update using (auth.uid() is not null);
