create or replace function public.is_email_registered(p_email text) returns boolean language sql stable
security definer set search_path = '' as
$$ select exists (select from public.customers c where lower(c.email) = lower(p_email) and c.user_id = auth.uid()) $$;
