-- finds: two steps public.document_shares
-- A share must name its maker, who need not own the document.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id) on delete cascade,
    title text not null,
    body text
);
create table public.document_shares (
    id uuid primary key default gen_random_uuid(),
    document_id uuid not null references public.documents (id) on delete cascade,
    shared_by uuid not null references auth.users (id) on delete cascade,
    shared_with uuid not null references auth.users (id) on delete cascade,
    unique (document_id, shared_with)
);
alter table public.documents enable row level security;
alter table public.document_shares enable row level security;
create policy own on public.documents to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy shared on public.documents for select to authenticated using (exists (
    select from public.document_shares s where s.document_id = documents.id and s.shared_with = (select auth.uid())));
create policy involved on public.document_shares for select to authenticated
    using ((select auth.uid()) in (shared_by, shared_with));
create policy give on public.document_shares for insert to authenticated with check (shared_by = (select auth.uid()));
create function app.owns(p_document uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.documents d where d.id = p_document and d.owner_id = auth.uid()) $$;
create or replace function app.shared(p_document uuid) returns boolean language sql stable security definer
set search_path = '' as $$ select exists (
    select from public.document_shares s where s.document_id = p_document and s.shared_with = auth.uid()) $$;
alter policy shared on public.documents using (app.shared(id));
