-- The state that the plan starts from: no identification numbers, business contexts open to all, policies half made.
create schema auth;
create table auth.users (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    encrypted_password text,
    created_at timestamptz not null default now()
);
create table public.users (
    id uuid primary key references auth.users (id),
    email text not null,
    full_name text,
    created_at timestamptz not null default now()
);
create table public.business_context (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users (id),
    content jsonb not null,
    created_at timestamptz not null default now()
);
alter table public.users enable row level security;
create policy anybody on public.users using (true);
grant usage on schema auth, public to anon, authenticated;
grant select, insert, update, delete on auth.users, public.users, public.business_context to anon, authenticated;

insert into auth.users (id, email, created_at) values
    ('00000000-0000-4000-8000-000000000003', 'third@example.com', '2025-03-01T00:00:00Z'),
    ('00000000-0000-4000-8000-000000000001', 'first@example.com', '2025-01-01T00:00:00Z'),
    ('00000000-0000-4000-8000-000000000002', 'second@example.com', '2025-02-01T00:00:00Z');
insert into public.users (id, email, full_name, created_at)
    select id, email, case email when 'first@example.com' then 'Asha'
                             when 'third@example.com' then repeat('n', 87) || repeat(E'e\u0301', 60) end,
           created_at from auth.users;
insert into public.business_context (user_id, content, created_at) values
    ('00000000-0000-4000-8000-000000000001', '{"company": "old"}', '2025-04-01T00:00:00Z'),
    ('00000000-0000-4000-8000-000000000001', '{"company": "new"}', '2025-05-01T00:00:00Z'),
    ('00000000-0000-4000-8000-000000000002', '{"answers": {"1": {"company_name": "Second"}}}', '2025-04-01T00:00:00Z');
