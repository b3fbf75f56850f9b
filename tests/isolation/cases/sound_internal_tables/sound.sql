-- Tables of the backend: one without policies, one without grants, one in a schema that nobody may use.
create table public.profiles (id uuid primary key references auth.users (id), display_name text);
alter table public.profiles enable row level security;
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()));
create table public.webhook_events (id uuid primary key default gen_random_uuid(), user_id uuid, payload jsonb not null);
alter table public.webhook_events enable row level security;
create table public.job_queue (id bigserial primary key, user_id uuid not null, args jsonb not null default '{}');
revoke all on public.job_queue from anon, authenticated;
create schema internal;
create table internal.ledger (id bigserial primary key, user_id uuid not null, cents bigint not null);
