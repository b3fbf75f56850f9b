create or replace function public.attachment_content(p_content oid) returns bytea
language sql stable security definer set search_path = '' as
$$ select pg_catalog.lo_get(a.content) from public.attachments a
   where a.content = p_content and a.user_id = auth.uid() $$;
