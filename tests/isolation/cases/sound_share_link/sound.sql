-- A link's secret is sent in a header; who has none sees his own.
create table public.albums (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    title text not null,
    link_secret uuid not null default gen_random_uuid()
);
alter table public.albums enable row level security;
create policy own on public.albums to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy linked on public.albums for select using (
    link_secret::text = (nullif(current_setting('request.headers', true), '')::json ->> 'x-album-secret'));
