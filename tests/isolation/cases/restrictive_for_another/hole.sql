-- finds: read public.events
-- The bound was written for a role in which nobody comes.
create table public.events (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.events enable row level security;
create policy everybody on public.events for select to authenticated using (true);
create policy bound on public.events as restrictive to service_role using (user_id = (select auth.uid()));
