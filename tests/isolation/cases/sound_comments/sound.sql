-- Comments under one's own name, on documents that are one's own or shown to all.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id) on delete cascade,
    is_public boolean not null default false,
    body text not null
);
create table public.comments (
    id uuid primary key default gen_random_uuid(),
    document_id uuid not null references public.documents (id) on delete cascade,
    author_id uuid not null references auth.users (id) on delete cascade,
    body text not null
);
alter table public.documents enable row level security;
alter table public.comments enable row level security;
create policy own on public.documents to authenticated
    using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy shown on public.documents for select to authenticated using (is_public);
create policy own on public.comments to authenticated using (author_id = (select auth.uid())) with check (
    author_id = (select auth.uid()) and exists (select from public.documents d where d.id = comments.document_id));
