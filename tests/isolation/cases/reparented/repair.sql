revoke update on public.attachments from anon, authenticated;
grant update (file_name) on public.attachments to authenticated;
