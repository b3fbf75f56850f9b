-- finds: cascade public.tags
-- Changing one's own tag's key changes it in others' rows as well, which may carry anybody's tag.
create table public.tags (
    name text primary key,
    user_id uuid not null references auth.users (id)
);
create table public.articles (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    tag text references public.tags (name) on update cascade on delete set null
);
alter table public.tags enable row level security;
alter table public.articles enable row level security;
create policy own on public.tags to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.articles to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
