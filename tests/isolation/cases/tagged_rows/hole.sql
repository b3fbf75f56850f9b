-- finds: read public.recipes
create table public.recipes (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    tags text[] not null default '{}',
    body text not null
);
alter table public.recipes enable row level security;
create policy own on public.recipes for select using (user_id = (select auth.uid()) or 'featured' = any (tags));
