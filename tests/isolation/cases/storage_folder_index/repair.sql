alter policy own on storage.objects
    using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
