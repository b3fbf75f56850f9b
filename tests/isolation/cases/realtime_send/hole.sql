-- finds: write realtime.messages
-- on: workspaces
-- Receiving is bound, sending is not.
create schema realtime;
create table realtime.messages (
    id uuid primary key default gen_random_uuid(),
    topic text not null,
    event text,
    payload jsonb
);
grant usage on schema realtime to anon, authenticated;
grant select, insert on realtime.messages to authenticated;
alter table realtime.messages enable row level security;
create policy receive on realtime.messages for select to authenticated using (
    topic in (select 'workspace:' || m.workspace_id from public.workspace_members m where m.user_id = (select auth.uid())));
create policy send on realtime.messages for insert to authenticated with check (auth.uid() is not null);
