-- finds: existence oracle public.is_email_registered(text)
-- Sign-up asks whether an address is known, and so can everybody.
create table public.customers (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id),
    email text not null
);
alter table public.customers enable row level security;
create policy own on public.customers for select to authenticated using (user_id = (select auth.uid()));
create function public.is_email_registered(p_email text) returns boolean language sql stable security definer
set search_path = '' as $$ select exists (select from public.customers c where lower(c.email) = lower(p_email)) $$;
