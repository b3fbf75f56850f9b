-- finds: read staging.imported_contacts
-- An import leaves its rows in an unlogged table of another schema that the API role may use.
create schema staging;
grant usage on schema staging to authenticated;
create table public.contacts (
    id bigint generated always as identity primary key,
    user_id uuid not null references auth.users (id),
    full_name text not null
);
alter table public.contacts enable row level security;
create policy own on public.contacts to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create unlogged table staging.imported_contacts (row_number integer not null, user_id uuid not null, line text not null);
grant select on staging.imported_contacts to authenticated;
