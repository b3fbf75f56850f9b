-- finds: routine public.notes_of(anyelement)
-- Any type will do, and so will anybody's identifier.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.notes_of(p_user anyelement) returns setof text
language sql stable security definer set search_path = '' as $$
    select n.body from public.notes n where n.user_id::text = p_user::text $$;
