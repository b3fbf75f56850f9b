-- on: workspaces
-- A workspace's public page: its name by its slug, which is no secret.
create table public.sites (
    workspace_id uuid primary key references public.workspaces (id) on delete cascade,
    slug text not null unique,
    draft text
);
alter table public.sites enable row level security;
create policy member on public.sites to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create function public.slug_taken(p_slug text) returns boolean language sql stable security definer
set search_path = '' as $$ select exists (select from public.sites s where s.slug = p_slug) $$;
