-- finds: two steps public.friendships
-- Who asks for a friendship also says that it was accepted.
create table public.friendships (
    asked_by uuid not null references auth.users (id),
    asked uuid not null references auth.users (id),
    status text not null default 'pending' check (status in ('pending', 'accepted')),
    primary key (asked_by, asked)
);
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.friendships enable row level security;
alter table public.posts enable row level security;
create policy mine on public.friendships for select to authenticated
    using ((select auth.uid()) in (asked_by, asked));
create policy ask on public.friendships for insert to authenticated with check (asked_by = (select auth.uid()));
create policy own on public.posts to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy friends on public.posts for select to authenticated using (exists (
    select from public.friendships f where f.asked = posts.user_id and f.asked_by = (select auth.uid())
        and f.status = 'accepted'));
