drop rule change on public.my_settings;
