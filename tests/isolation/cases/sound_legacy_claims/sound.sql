-- An older gateway sets each claim by itself.
create table public.todos (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    body text not null
);
create function app.caller() returns uuid language sql stable set search_path = '' as
$$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
alter table public.todos enable row level security;
create policy own on public.todos to authenticated using (user_id = app.caller()) with check (user_id = app.caller());
