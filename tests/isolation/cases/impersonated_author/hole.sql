-- finds: write public.posts
-- on: workspaces
-- A member writes in the name of whomever he likes.
create table public.posts (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    author_id uuid not null references auth.users (id),
    body text not null
);
alter table public.posts enable row level security;
create policy read on public.posts for select to authenticated using (author_id = (select auth.uid()) or
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy add on public.posts for insert to authenticated with check (
    workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
