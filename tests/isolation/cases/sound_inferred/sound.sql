-- on: workspaces
-- Without a word of configuration.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    author_id uuid not null default auth.uid() references auth.users (id),
    body text not null
);
create table public.note_tags (
    note_id uuid not null references public.notes (id) on delete cascade,
    tag text not null,
    primary key (note_id, tag)
);
alter table public.notes enable row level security;
alter table public.note_tags enable row level security;
create policy member on public.notes to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (author_id = (select auth.uid()) and workspace_id in (
        select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy member on public.note_tags to authenticated using (note_id in (select n.id from public.notes n));
