-- finds: read public.invitations
-- on: workspaces
-- "The link needs to look it up": everybody reads every token.
create table public.invitations (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    email text not null,
    token text not null unique default md5(random()::text)
);
alter table public.invitations enable row level security;
create policy lookup on public.invitations for select to anon, authenticated using (token is not null);
