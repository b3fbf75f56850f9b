-- finds: write public.notes
-- The tenant's bound is restrictive, but only for reading.
create table public.notes (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    body text not null default ''
);
alter table public.notes enable row level security;
create policy everything on public.notes to authenticated using (true) with check (true);
create policy bound on public.notes as restrictive for select to authenticated using (user_id = (select auth.uid()));
