-- Helpers that take any type, and one that answers for the caller alone.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.first_of(anyarray) returns anyelement language sql immutable set search_path = '' as $$ select $1[1] $$;
create function public.as_text(anyelement) returns text language sql stable set search_path = '' as $$ select $1::text $$;
