-- finds: read public.contact_messages
-- "RETURNING failed", so anon got a policy to read by.
create table public.profiles (id uuid primary key references auth.users (id), display_name text);
alter table public.profiles enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create table public.contact_messages (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    message text not null,
    created_at timestamptz not null default now()
);
alter table public.contact_messages enable row level security;
create policy send on public.contact_messages for insert to anon, authenticated with check (true);
create policy just_sent on public.contact_messages for select to anon using (created_at > now() - interval '1 minute');
