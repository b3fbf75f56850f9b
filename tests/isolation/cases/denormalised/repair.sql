create or replace function app.name_product() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    select p.name into new.product_name from public.products p where p.id = new.product_id and p.user_id = new.user_id;
    return new;
end $$;
