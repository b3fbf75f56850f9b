-- finds: reach public.bookings
-- GRANT ALL grants TRUNCATE, and no policy is asked.
create table public.bookings (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    room text not null
);
alter table public.bookings enable row level security;
create policy own on public.bookings to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
grant all on public.bookings to authenticated;
