-- finds: routine public.save_contact(uuid, text)
-- MERGE finds the row by its key alone, as the routine's owner.
create table public.contacts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null
);
alter table public.contacts enable row level security;
create policy own on public.contacts for select to authenticated using (user_id = (select auth.uid()));
create function public.save_contact(p_id uuid, p_name text) returns void
language sql security definer set search_path = '' as $$
    merge into public.contacts c using (values (p_id, p_name)) as given (id, name) on c.id = given.id
    when matched then update set name = given.name
    when not matched then insert (id, user_id, name) values (given.id, auth.uid(), given.name) $$;
revoke all on function public.save_contact(uuid, text) from public, anon;
