-- finds: write public.document_tags
-- One's own tag may be hung onto anybody's document.
create table public.documents (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
create table public.tags (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    name text not null
);
create table public.document_tags (
    document_id uuid not null references public.documents (id),
    tag_id uuid not null references public.tags (id),
    primary key (document_id, tag_id)
);
alter table public.documents enable row level security;
alter table public.tags enable row level security;
alter table public.document_tags enable row level security;
create policy own on public.documents to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.tags to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy read on public.document_tags for select to authenticated using (
    document_id in (select d.id from public.documents d where d.user_id = (select auth.uid())));
create policy add on public.document_tags for insert to authenticated with check (
    tag_id in (select t.id from public.tags t where t.user_id = (select auth.uid())));
