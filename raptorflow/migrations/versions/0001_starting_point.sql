-- The schema that the plan starts from: users without numbers, business contexts that are open to all.
-- On a legacy database these tables exist and stay as they are; on an empty one they are made.
create schema if not exists auth;

create table if not exists auth.users (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    encrypted_password text,
    created_at timestamptz not null default now()
);

create table if not exists public.users (
    id uuid primary key references auth.users (id),
    email text not null,
    full_name text,
    created_at timestamptz not null default now()
);

create table if not exists public.business_context (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users (id),
    content jsonb not null,
    created_at timestamptz not null default now()
);
