create or replace function app.refuse_taken() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from public.coupons c where c.code = new.code and c.id <> new.id and c.user_id = new.user_id) then
        raise exception 'this code is taken';
    end if;
    return new;
end $$;
