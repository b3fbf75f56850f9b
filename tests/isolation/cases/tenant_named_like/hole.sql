-- finds: read public.files
-- Tenants choose their names; the path of acme-2 begins with acme, and no separator is asked for.
create table public.files (path text primary key, body text not null);
alter table public.files enable row level security;
create policy own on public.files to authenticated
    using (starts_with(path, nullif(current_setting('app.tenant', true), '')))
    with check (starts_with(path, nullif(current_setting('app.tenant', true), '')));
