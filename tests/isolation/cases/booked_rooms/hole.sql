-- finds: existence oracle public.bookings
-- The exclusion constraint knows everybody's bookings.
create extension btree_gist;
create table public.bookings (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    slot tstzrange not null,
    constraint bookings_overlap exclude using gist (slot with &&)
);
alter table public.bookings enable row level security;
create policy own on public.bookings to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
