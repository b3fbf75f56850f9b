-- finds: read realtime.messages
-- on: workspaces
-- Any workspace's topic begins with "workspace:".
create schema realtime;
create table realtime.messages (
    id uuid primary key default gen_random_uuid(),
    topic text not null,
    extension text not null default 'broadcast' check (extension in ('broadcast', 'presence')),
    payload jsonb,
    inserted_at timestamp not null default now()
);
grant usage on schema realtime to anon, authenticated;
grant select, insert on realtime.messages to authenticated;
alter table realtime.messages enable row level security;
create policy receive on realtime.messages for select to authenticated using (topic like 'workspace:%');
create policy send on realtime.messages for insert to authenticated with check (
    topic in (select 'workspace:' || m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
