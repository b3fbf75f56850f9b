drop policy own on storage.objects;
create policy own on storage.objects to authenticated
    using (split_part(name, '/', 1) = auth.uid()::text) with check (split_part(name, '/', 1) = auth.uid()::text);
