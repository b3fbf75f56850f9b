-- finds: routine public.balance_of(integer)
create table public.accounts (
    number integer primary key,
    user_id uuid not null references auth.users (id),
    iban text not null,
    balance numeric(14, 2) not null default 0
);
alter table public.accounts enable row level security;
create policy own on public.accounts for select to authenticated using (user_id = (select auth.uid()));
create function public.balance_of(p_number integer, out iban text, out balance numeric)
language sql stable security definer set search_path = '' as
$$ select a.iban, a.balance from public.accounts a where a.number = p_number $$;
