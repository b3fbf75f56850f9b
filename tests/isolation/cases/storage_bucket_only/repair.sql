alter policy documents_read on storage.objects using (bucket_id = 'documents' and
    split_part(name, '/', 1) in (select m.workspace_id::text from public.workspace_members m where m.user_id = auth.uid()));
