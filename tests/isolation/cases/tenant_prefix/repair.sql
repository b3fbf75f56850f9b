alter policy own on public.files
    using (split_part(path, '/', 1) = current_setting('app.tenant', true))
    with check (split_part(path, '/', 1) = current_setting('app.tenant', true));
