-- finds: routine public.contacts_by_ids(uuid[])
-- A batch of identifiers is not looked at one by one.
create table public.contacts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    phone text not null
);
alter table public.contacts enable row level security;
create policy own on public.contacts for select to authenticated using (user_id = (select auth.uid()));
create function public.contacts_by_ids(p_ids uuid[]) returns setof public.contacts language sql stable security definer
set search_path = '' as $$ select c.* from public.contacts c where c.id = any (p_ids) $$;
