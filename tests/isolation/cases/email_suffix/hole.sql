-- finds: read public.company_files
-- Whoever's address ends as the company's does: x@evil-acme.example ends in acme.example.
create table public.company_files (
    id uuid primary key default gen_random_uuid(),
    contact_email text not null,
    body text not null
);
alter table public.company_files enable row level security;
create policy company on public.company_files for select to authenticated
    using (contact_email = auth.jwt() ->> 'email' or auth.jwt() ->> 'email' like '%' || contact_email);
