-- finds: read public.articles
-- Everything but what is archived counts as published.
create type public.article_status as enum ('draft', 'review', 'published', 'archived');
create table public.articles (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null references auth.users (id),
    status public.article_status not null default 'draft',
    headline text not null
);
alter table public.articles enable row level security;
create policy own on public.articles to authenticated
    using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()));
create policy published on public.articles for select using (status <> 'archived');
