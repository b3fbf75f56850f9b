-- What is sent to everybody is the row's random id.
create table public.chats (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
alter table public.chats enable row level security;
create policy own on public.chats to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function app.tell_chat() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform pg_notify('chats', json_build_object('id', new.id, 'op', tg_op)::text);
    return null;
end $$;
create trigger tell after insert or update on public.chats for each row execute function app.tell_chat();
