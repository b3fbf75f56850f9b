-- on: workspaces
-- The first folder is a workspace of the caller.
create schema storage;
create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text not null default 'documents',
    name text not null,
    owner uuid,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored,
    unique (bucket_id, name)
);
grant usage on schema storage to anon, authenticated, service_role;
grant select, insert, update, delete on storage.objects to anon, authenticated;
create function storage.foldername(name text) returns text[] language sql immutable as
$$ select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $$;
alter table storage.objects enable row level security;
create policy member on storage.objects to authenticated
    using (bucket_id = 'documents' and (storage.foldername(name))[1] in (
        select m.workspace_id::text from public.workspace_members m where m.user_id = (select auth.uid())))
    with check (bucket_id = 'documents' and (storage.foldername(name))[1] in (
        select m.workspace_id::text from public.workspace_members m where m.user_id = (select auth.uid())));
