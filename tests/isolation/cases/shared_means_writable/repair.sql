alter policy edit on public.documents using (exists (select from public.document_shares s
    where s.document_id = documents.id and s.shared_with = (select auth.uid()) and s.can_edit));
