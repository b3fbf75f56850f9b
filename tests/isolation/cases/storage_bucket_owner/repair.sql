alter policy reads on storage.objects using (bucket_id = 'invoices' and owner = (select auth.uid()));
alter policy adds on storage.objects with check (bucket_id = 'invoices' and owner = (select auth.uid()));
alter policy changes on storage.objects using (bucket_id = 'invoices' and owner = (select auth.uid()));
