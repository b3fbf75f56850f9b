-- finds: interference public.platform_revenue()
-- A sum over all tenants.
create table public.sales (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    cents integer not null check (cents between 1 and 100000)
);
alter table public.sales enable row level security;
create policy own on public.sales for select to authenticated using (user_id = (select auth.uid()));
create function public.platform_revenue() returns bigint language sql stable security definer set search_path = '' as
$$ select coalesce(sum(s.cents), 0) from public.sales s $$;
