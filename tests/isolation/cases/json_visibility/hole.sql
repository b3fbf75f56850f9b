-- finds: read public.boards
-- A board whose settings say so is shown to everybody, and nobody meant that.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    settings jsonb not null default '{}',
    title text not null
);
alter table public.boards enable row level security;
create policy own on public.boards for select to authenticated
    using (owner_id = (select auth.uid()) or settings ->> 'visibility' = 'team');
