-- finds: two steps public.comments
-- Whoever commented may read the document, and anybody may comment on any.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    body text not null
);
create table public.comments (
    id uuid primary key default gen_random_uuid(),
    document_id uuid not null references public.documents (id) on delete cascade,
    author_id uuid not null references auth.users (id),
    body text not null
);
alter table public.documents enable row level security;
alter table public.comments enable row level security;
create policy own on public.comments to authenticated
    using (author_id = (select auth.uid())) with check (author_id = (select auth.uid()));
create policy own on public.documents for select to authenticated using (owner_id = (select auth.uid()) or
    exists (select from public.comments c where c.document_id = documents.id and c.author_id = (select auth.uid())));
