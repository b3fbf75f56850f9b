-- finds: write public.documents
-- Who was shown a document may change it.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id) on delete cascade,
    body text not null
);
create table public.document_shares (
    document_id uuid not null references public.documents (id) on delete cascade,
    shared_with uuid not null references auth.users (id) on delete cascade,
    can_edit boolean not null default false,
    primary key (document_id, shared_with)
);
alter table public.documents enable row level security;
alter table public.document_shares enable row level security;
create policy mine on public.document_shares for select to authenticated using (shared_with = (select auth.uid()));
create policy own on public.documents to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy shared on public.documents for select to authenticated using (exists (
    select from public.document_shares s where s.document_id = documents.id and s.shared_with = (select auth.uid())));
create policy edit on public.documents for update to authenticated using (exists (
    select from public.document_shares s where s.document_id = documents.id and s.shared_with = (select auth.uid())));
