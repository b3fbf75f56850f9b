-- finds: read storage.objects
-- on: workspaces
-- The bucket is the right one; whose folder it is nobody asks.
create schema storage;
create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text not null default 'documents',
    name text not null,
    unique (bucket_id, name)
);
grant usage on schema storage to anon, authenticated, service_role;
grant select, insert, update, delete on storage.objects to anon, authenticated;
alter table storage.objects enable row level security;
create policy documents_read on storage.objects for select to authenticated using (bucket_id = 'documents');
create policy documents_add on storage.objects for insert to authenticated with check (bucket_id = 'documents' and
    split_part(name, '/', 1) in (select m.workspace_id::text from public.workspace_members m where m.user_id = auth.uid()));
