-- finds: reach pg_read_file
-- What the server may read, the application may: every database's files among it.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
grant execute on function pg_catalog.pg_read_file(text) to authenticated;
