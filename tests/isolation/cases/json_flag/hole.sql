-- finds: read public.widgets
create table public.widgets (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    data jsonb not null default '{}',
    title text not null
);
alter table public.widgets enable row level security;
create policy own on public.widgets for select
    using (owner_id = (select auth.uid()) or data @> '{"shared": true}' or (data ->> 'demo')::boolean);
