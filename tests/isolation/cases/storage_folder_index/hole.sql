-- finds: read storage.objects
-- The second folder is asked for, and anybody chooses it.
create schema storage;
create table storage.buckets (id text primary key, name text not null, public boolean not null default false);
create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text references storage.buckets (id),
    name text not null,
    owner uuid,
    metadata jsonb,
    unique (bucket_id, name)
);
create function storage.foldername(name text) returns text[] language sql immutable as
$$ select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $$;
grant usage on schema storage to anon, authenticated, service_role;
grant select, insert, update, delete on storage.objects to anon, authenticated;
grant select on storage.buckets to anon, authenticated;
insert into storage.buckets (id, name) values ('avatars', 'avatars');
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
create policy own on storage.objects for select to authenticated
    using (bucket_id = 'avatars' and (select auth.uid())::text = any (storage.foldername(name)));
