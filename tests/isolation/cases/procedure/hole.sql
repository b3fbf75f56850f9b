-- finds: routine public.close_account(uuid)
-- Procedures are granted to PUBLIC like functions are.
create table public.accounts (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid not null references auth.users (id),
    name text not null,
    closed boolean not null default false
);
alter table public.accounts enable row level security;
create policy own on public.accounts for select to authenticated using (owner_id = (select auth.uid()));
create procedure public.close_account(p_account uuid) language sql security definer set search_path = ''
begin atomic
    update public.accounts set closed = true where id = p_account;
end;
