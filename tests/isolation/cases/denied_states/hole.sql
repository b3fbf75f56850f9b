-- finds: read public.posts
-- A list of states that must not be: any other opens the row.
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null references auth.users (id) on delete cascade,
    status text not null default 'draft',
    body text
);
alter table public.posts enable row level security;
create policy own on public.posts to authenticated
    using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()));
create policy live on public.posts for select to authenticated using (status not in ('draft', 'archived'));
