-- Administrators read all; nobody can make himself one.
create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text,
    is_admin boolean not null default false
);
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    item text not null
);
create function app.is_admin() returns boolean language sql stable security definer set search_path = '' as
$$ select coalesce((select p.is_admin from public.profiles p where p.id = auth.uid()), false) $$;
alter table public.profiles enable row level security;
alter table public.orders enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create policy own_name on public.profiles for update to authenticated using (id = (select auth.uid()));
revoke insert, update on public.profiles from anon, authenticated;
grant update (display_name) on public.profiles to authenticated;
create policy own on public.orders for select to authenticated using (user_id = (select auth.uid()) or (select app.is_admin()));
