-- finds: routine public.names_of(uuid[])
create table public.people (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    full_name text not null
);
alter table public.people enable row level security;
create policy own on public.people for select to authenticated using (user_id = (select auth.uid()));
create function public.names_of(variadic p_people uuid[]) returns text language sql stable security definer
set search_path = '' as $$ select string_agg(p.full_name, ', ') from public.people p where p.id = any (p_people) $$;
