alter policy own on public.files
    using (starts_with(path, nullif(current_setting('app.tenant', true), '') || '/'))
    with check (starts_with(path, nullif(current_setting('app.tenant', true), '') || '/'));
