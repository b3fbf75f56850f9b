-- Shares made by the owner alone: some may read, some may edit.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id) on delete cascade,
    body text not null
);
create table public.document_shares (
    document_id uuid not null references public.documents (id) on delete cascade,
    shared_with uuid not null references auth.users (id) on delete cascade,
    permission text not null default 'view' check (permission in ('view', 'edit')),
    primary key (document_id, shared_with)
);
create function app.owns(p_document uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.documents d where d.id = p_document and d.owner_id = auth.uid()) $$;
alter table public.documents enable row level security;
alter table public.document_shares enable row level security;
create policy own on public.documents to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy shared on public.documents for select to authenticated using (exists (
    select from public.document_shares s where s.document_id = documents.id and s.shared_with = (select auth.uid())));
create policy edited on public.documents for update to authenticated using (exists (
    select from public.document_shares s
    where s.document_id = documents.id and s.shared_with = (select auth.uid()) and s.permission = 'edit'));
create policy mine on public.document_shares for select to authenticated using (shared_with = (select auth.uid()));
create policy give on public.document_shares to authenticated using (app.owns(document_id)) with check (app.owns(document_id));
