-- Anybody subscribes, nobody reads; a list of articles is everybody's where it is published.
create table public.articles (
    id bigint generated always as identity primary key,
    author_id uuid not null references auth.users (id),
    published boolean not null default false,
    body text not null
);
create table public.newsletter (
    id bigint generated always as identity primary key,
    address text not null check (address like '%@%'),
    wants_weekly boolean not null default true
);
alter table public.articles enable row level security;
alter table public.newsletter enable row level security;
create policy own on public.articles to authenticated
    using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()));
create policy published on public.articles for select using (published);
create policy subscribe on public.newsletter for insert to anon, authenticated with check (true);
