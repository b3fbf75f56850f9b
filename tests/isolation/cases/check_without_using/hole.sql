-- finds: write public.posts
-- FOR ALL USING (true) WITH CHECK (own): nobody can be impersonated, but everything can be removed.
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null references auth.users (id),
    body text not null
);
alter table public.posts enable row level security;
create policy posts on public.posts to authenticated using (true) with check (author_id = (select auth.uid()));
