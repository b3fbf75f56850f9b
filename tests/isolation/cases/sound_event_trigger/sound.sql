-- An event trigger writes down who changes the schema; only the service reads that.
create table public.schema_changes (id bigint generated always as identity primary key, tag text, told text);
alter table public.schema_changes enable row level security;
revoke all on public.schema_changes from anon, authenticated;
create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.note_change() returns event_trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into public.schema_changes (tag, told) values (tg_tag, session_user);
end $$;
create event trigger noted on ddl_command_end execute function app.note_change();
