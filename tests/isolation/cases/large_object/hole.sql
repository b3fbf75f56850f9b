-- finds: routine public.attachment_content(oid)
-- Who knows a large object's number is given it, and numbers are counted up.
create table public.attachments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    content oid not null
);
alter table public.attachments enable row level security;
create policy own on public.attachments for select to authenticated using (user_id = (select auth.uid()));
create function public.attachment_content(p_content oid) returns bytea
language sql stable security definer set search_path = '' as
$$ select pg_catalog.lo_get(p_content) $$;
revoke all on function public.attachment_content(oid) from public, anon;
