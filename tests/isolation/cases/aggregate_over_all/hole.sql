-- finds: routine public.collect_notes(uuid)
-- An aggregate's transition function runs as its owner.
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));
create function app.add_note(so_far text, p_note uuid) returns text language sql stable security definer
set search_path = '' as $$ select concat(so_far, (select n.body from public.notes n where n.id = p_note)) $$;
revoke execute on function app.add_note(text, uuid) from public, anon, authenticated;
create aggregate public.collect_notes(uuid) (sfunc = app.add_note, stype = text);
