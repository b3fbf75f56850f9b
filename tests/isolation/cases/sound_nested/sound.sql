-- on: workspaces
-- Three hops, each of them asked.
create table public.boards (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null
);
create table public.lists (
    id uuid primary key default gen_random_uuid(),
    board_id uuid not null references public.boards (id) on delete cascade,
    name text not null
);
create table public.cards (
    id uuid primary key default gen_random_uuid(),
    list_id uuid not null references public.lists (id) on delete cascade,
    title text not null
);
alter table public.boards enable row level security;
alter table public.lists enable row level security;
alter table public.cards enable row level security;
create policy member on public.boards to authenticated
    using (workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy via_board on public.lists to authenticated
    using (exists (select from public.boards b where b.id = lists.board_id));
create policy via_list on public.cards to authenticated
    using (exists (select from public.lists l where l.id = cards.list_id));
