-- finds: read public.files
-- The bound stands before the column: rows below it are shown to everybody.
create table public.files (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id) on delete cascade,
    level integer not null default 9,
    path text
);
alter table public.files enable row level security;
create policy own on public.files to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy low on public.files for select to authenticated using (3 > level);
