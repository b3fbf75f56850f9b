-- finds: reserved column public.accounts
-- The flag cannot be raised, but the row can be made with it.
create table public.accounts (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text,
    is_admin boolean not null default false
);
alter table public.accounts enable row level security;
create policy own on public.accounts for select to authenticated using (id = (select auth.uid()));
create policy make on public.accounts for insert to authenticated with check (id = (select auth.uid()));
create policy change on public.accounts for update to authenticated using (id = (select auth.uid()));
revoke update on public.accounts from anon, authenticated;
grant update (display_name) on public.accounts to authenticated;
