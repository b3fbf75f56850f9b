-- finds: reserved column public.accounts
-- What was bought stands in the row that its owner may change.
create table public.accounts (
    user_id uuid primary key references auth.users (id) on delete cascade,
    display_name text,
    credits integer not null default 0 check (credits >= 0),
    plan text not null default 'free'
);
alter table public.accounts enable row level security;
create policy own on public.accounts to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
