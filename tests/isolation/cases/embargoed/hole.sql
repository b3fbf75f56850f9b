-- finds: read public.announcements
-- Scheduled is not published: the date may lie ahead.
create table public.announcements (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null,
    published_at timestamptz
);
alter table public.announcements enable row level security;
create policy own on public.announcements to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy shown on public.announcements for select using (published_at is not null);
