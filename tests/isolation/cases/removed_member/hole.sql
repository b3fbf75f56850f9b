-- finds: read public.messages
-- Leaving is noted, and not looked at.
create table public.rooms (id uuid primary key default gen_random_uuid(), topic text not null);
create table public.room_members (
    room_id uuid not null references public.rooms (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    removed_at timestamptz,
    primary key (room_id, user_id)
);
create table public.messages (
    id bigint generated always as identity primary key,
    room_id uuid not null references public.rooms (id) on delete cascade,
    author_id uuid not null references auth.users (id),
    body text not null
);
alter table public.rooms enable row level security;
alter table public.room_members enable row level security;
alter table public.messages enable row level security;
create policy self on public.room_members for select to authenticated using (user_id = (select auth.uid()));
create policy member on public.rooms for select to authenticated using (id in (
    select m.room_id from public.room_members m where m.user_id = (select auth.uid()) and m.removed_at is null));
create policy member on public.messages for select to authenticated using (room_id in (
    select m.room_id from public.room_members m where m.user_id = (select auth.uid())));
