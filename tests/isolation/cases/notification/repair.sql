create or replace function public.tell_order() returns trigger language plpgsql set search_path = '' as $$
begin
    perform pg_notify('orders', new.id::text);
    return null;
end $$;
