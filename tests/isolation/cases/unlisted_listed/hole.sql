-- finds: read public.videos
-- Unlisted is for who has the link; the policy takes all that is not private for public.
create table public.videos (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    title text not null,
    visibility text not null default 'private' check (visibility in ('private', 'unlisted', 'public'))
);
alter table public.videos enable row level security;
create policy own on public.videos to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy shown on public.videos for select using (visibility <> 'private');
