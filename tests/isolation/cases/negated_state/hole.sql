-- finds: read public.boards
-- Whatever is not private is everybody's, and nobody said what else there is.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    sharing text not null default 'private',
    title text
);
alter table public.boards enable row level security;
create policy own on public.boards to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy shared on public.boards for select using (sharing <> 'private');
