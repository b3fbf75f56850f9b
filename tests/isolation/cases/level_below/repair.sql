drop policy low on public.files;
