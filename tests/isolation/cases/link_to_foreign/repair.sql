alter policy add on public.document_tags with check (
    tag_id in (select t.id from public.tags t where t.user_id = (select auth.uid()))
    and document_id in (select d.id from public.documents d where d.user_id = (select auth.uid())));
