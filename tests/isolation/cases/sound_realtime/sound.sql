-- on: workspaces
-- Topics are bound to the workspaces of the caller, for both directions.
create schema realtime;
create table realtime.messages (
    id uuid primary key default gen_random_uuid(),
    topic text not null,
    extension text not null,
    payload jsonb
);
grant usage on schema realtime to anon, authenticated;
grant select, insert on realtime.messages to authenticated;
create function realtime.topic() returns text language sql stable as
$$ select nullif(current_setting('realtime.topic', true), '') $$;
alter table realtime.messages enable row level security;
create policy receive on realtime.messages for select to authenticated using (exists (
    select from public.workspace_members m
    where m.user_id = (select auth.uid()) and topic = 'workspace:' || m.workspace_id));
create policy send on realtime.messages for insert to authenticated with check (exists (
    select from public.workspace_members m
    where m.user_id = (select auth.uid()) and topic = 'workspace:' || m.workspace_id));
