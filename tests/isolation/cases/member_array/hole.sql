-- finds: write public.rooms
-- Who may be in a room stands in the room, and anybody may write himself in.
create table public.rooms (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    member_ids uuid[] not null default '{}',
    topic text not null
);
alter table public.rooms enable row level security;
create policy member on public.rooms for select to authenticated
    using (owner_id = (select auth.uid()) or (select auth.uid()) = any (member_ids));
create policy join_room on public.rooms for update to authenticated
    using ((select auth.uid()) is not null) with check ((select auth.uid()) = any (member_ids));
