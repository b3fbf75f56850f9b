-- Without a foreign key: the caller's id stands before the column, in a sub-select or not.
create table public.profiles (id uuid primary key, display_name text);
alter table public.profiles enable row level security;
create policy own on public.profiles to authenticated
    using ((select auth.uid()) = id) with check ((select auth.uid()) = id);
create table public.settings (person uuid primary key, theme text);
alter table public.settings enable row level security;
create policy own on public.settings to authenticated
    using (auth.uid() = person) with check (person = (select auth.uid()));
