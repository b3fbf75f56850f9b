-- finds: cascade public.labels
-- A document may carry anybody's label, and goes with it.
create table public.labels (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null,
    unique (user_id, id)
);
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    label_id uuid references public.labels (id) on delete cascade,
    body text not null
);
alter table public.labels enable row level security;
alter table public.documents enable row level security;
create policy own on public.labels to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.documents to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
