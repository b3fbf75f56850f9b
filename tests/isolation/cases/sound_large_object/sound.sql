-- Large objects belong to who stores them for everybody, and are handed out through the row that names them.
create table public.recordings (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    content oid not null
);
alter table public.recordings enable row level security;
create policy own on public.recordings for select to authenticated using (user_id = (select auth.uid()));
create function public.recording(p_id uuid) returns bytea language sql stable security definer set search_path = '' as $$
    select pg_catalog.lo_get(r.content) from public.recordings r where r.id = p_id and r.user_id = auth.uid() $$;
