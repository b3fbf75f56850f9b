-- finds: read storage.objects
-- A path belongs to whom its first folder names, but the policy looks for the user anywhere in it.
create schema storage;
create table storage.objects (id uuid primary key default gen_random_uuid(), name text not null unique, note text);
alter table storage.objects enable row level security;
create policy own on storage.objects to authenticated
    using (name like '%' || auth.uid() || '%') with check (name like '%' || auth.uid() || '%');
grant usage on schema storage to authenticated;
grant select, insert, update, delete on storage.objects to authenticated;
