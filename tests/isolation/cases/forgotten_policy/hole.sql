-- finds: locked out public.preferences
create table public.preferences (
    user_id uuid primary key references auth.users (id) on delete cascade,
    theme text not null default 'light' check (theme in ('light', 'dark'))
);
create table public.devices (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    name text not null
);
alter table public.preferences enable row level security;
alter table public.devices enable row level security;
create policy own on public.devices to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
