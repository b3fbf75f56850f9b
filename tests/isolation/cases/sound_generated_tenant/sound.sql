-- The tenant stands in a document, and a generated column takes it from there.
create table public.events (
    id uuid primary key default gen_random_uuid(),
    payload jsonb not null,
    user_id text generated always as (payload ->> 'user_id') stored
);
alter table public.events enable row level security;
create policy own on public.events to authenticated
    using (user_id = (select auth.uid())::text) with check (user_id = (select auth.uid())::text);
