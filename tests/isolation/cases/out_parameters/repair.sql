create or replace function public.balance_of(p_number integer, out iban text, out balance numeric)
language sql stable security definer set search_path = '' as
$$ select a.iban, a.balance from public.accounts a where a.number = p_number and a.user_id = auth.uid() $$;
