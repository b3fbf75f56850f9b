create or replace function public.update_account(changes jsonb) returns void language sql security definer
set search_path = '' as $$
    update public.accounts set display_name = coalesce(changes ->> 'display_name', display_name) where id = auth.uid()
$$;
