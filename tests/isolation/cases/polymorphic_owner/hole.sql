-- finds: read public.attachments
-- What hangs on a post is bound to the post's author; what hangs on anything else was forgotten.
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
create table public.attachments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    hangs_on text not null check (hangs_on in ('post', 'invoice')),
    hangs_on_id uuid not null,
    content text not null
);
alter table public.posts enable row level security;
alter table public.attachments enable row level security;
create policy own on public.posts to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy hanging on public.attachments for select to authenticated using (user_id = (select auth.uid())
    or case hangs_on when 'post' then hangs_on_id in (select p.id from public.posts p) else true end);
