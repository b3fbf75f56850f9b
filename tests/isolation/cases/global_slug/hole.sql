-- finds: existence oracle public.pages
-- on: workspaces
-- A page's slug is unique over all workspaces.
create table public.pages (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    slug text not null,
    body text
);
create unique index pages_slug on public.pages (lower(slug));
alter table public.pages enable row level security;
create policy member on public.pages to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
