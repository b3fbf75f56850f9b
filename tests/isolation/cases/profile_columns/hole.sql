-- finds: read public.profiles
-- Names are public, telephone numbers are not; the grant is for the whole row.
create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text not null,
    phone text
);
alter table public.profiles enable row level security;
create policy everybody on public.profiles for select to authenticated using (true);
create policy own on public.profiles for update to authenticated using (id = (select auth.uid()));
