-- A routine takes a document, and reads a key of it that is called like a column of documents.
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    metadata jsonb not null default '{}'
);
alter table public.orders enable row level security;
create policy own on public.orders to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.place_order(payload jsonb) returns void language sql as
$$ insert into public.orders (user_id, metadata) values (auth.uid(), payload -> 'metadata') $$;
