-- Public by a JSON key and by a tag, as declared.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    settings jsonb not null default '{}',
    title text not null
);
alter table public.boards enable row level security;
create policy own on public.boards to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy shown on public.boards for select using (settings ->> 'visibility' = 'public');
