alter policy give on public.document_shares with check (shared_by = (select auth.uid()) and app.owns(document_id));
