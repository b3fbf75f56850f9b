-- finds: read public.files
-- acme also reads what is acme2's: the path is compared with the tenant's name, and no separator follows.
create table public.files (path text primary key, body text not null);
alter table public.files enable row level security;
create policy own on public.files to authenticated
    using (path like current_setting('app.tenant', true) || '%')
    with check (path like current_setting('app.tenant', true) || '%');
