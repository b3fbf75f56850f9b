-- finds: read public.drafts
-- Rows that lost their owner are everybody's.
create table public.drafts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid references auth.users (id) on delete set null,
    body text not null
);
alter table public.drafts enable row level security;
create policy own on public.drafts for select to authenticated
    using (user_id = (select auth.uid()) or user_id is null);
