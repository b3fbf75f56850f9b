create or replace function app.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform pg_notify('user_' || new.user_id, json_build_object('id', new.id)::text);
    return null;
end $$;
