-- finds: read storage.objects
-- on: storage
-- Everybody who is signed in reads, overwrites and adds everybody's files of the bucket.
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, name text);
alter table public.profiles enable row level security;
create policy own on public.profiles to authenticated
    using (id = (select auth.uid())) with check (id = (select auth.uid()));
insert into storage.buckets (id, name, public) values ('invoices', 'invoices', false);
create policy reads on storage.objects for select to authenticated using (bucket_id = 'invoices');
create policy adds on storage.objects for insert to authenticated with check (bucket_id = 'invoices');
create policy changes on storage.objects for update to authenticated using (bucket_id = 'invoices');
